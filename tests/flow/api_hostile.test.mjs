// SPDX-License-Identifier: MIT
//
// Malformed and hostile requests, byte for byte: each gets the status that is right, or the end of its connection, and the door
// goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { VERSION, addressOf, get, openDoor, sendBytes, signedDoor } from './lib/door.mjs'

const GOOD = `Action=GetCompliancePackReport&Version=${VERSION}&AccountId=${ACCOUNT}&CompliancePackId=pack-1`
const END = '\r\n\r\n'
const head = (line, headers = ['Host: h']) => `${line}\r\n${headers.join('\r\n')}${END}`
const getOf = (target, headers) => head(`GET ${target} HTTP/1.1`, headers)
const post = (headers, body, target = `/?${GOOD}`) => head(`POST ${target} HTTP/1.1`, ['Host: h', ...headers]) + body
const FORM = 'Content-Type: application/x-www-form-urlencoded'

// [what, bytes, statuses that are right; 0: the connection just ends]
function cases() {
  const list = []
  const add = (what, bytes, ...statuses) => list.push([what, bytes, statuses])

  for (const line of ['', ' ', 'GET', 'GET /', 'GET / HTTP', 'GET / HTTP/', 'GET / HTTP/1', 'GET / HTTP/9.9', 'GET / http/1.1', 'GET  / HTTP/1.1',
    'GET / HTTP/1.1 x', '/ GET HTTP/1.1', 'GET / HTTP/2.0', 'GET / HTTP/0.9', 'GET / HTTP/1.1.1', 'GET /\tHTTP/1.1', 'PRI * HTTP/2.0',
    '\x16\x03\x01\x02', 'GET / HTTP/-1.1', 'GET / HTTP/1.10']) {
    add(`request line ${JSON.stringify(line)}`, head(line), 400, 404, 414, 505, 0)
  }
  for (let c = 1; c < 0x20; c++) {
    if (c === 0x0d || c === 0x0a) continue
    add(`control character ${c} in the target`, getOf(`/?${GOOD}${String.fromCharCode(c)}`), 400, 0)
    if (c !== 0x09) add(`control character ${c} in a header`, getOf(`/?${GOOD}`, ['Host: h', `X: a${String.fromCharCode(c)}b`]), 400, 0)
  }
  for (const c of [0x7f, 0x80, 0xa0, 0xff]) add(`byte ${c} in the target`, Buffer.from(getOf(`/?${GOOD}${String.fromCharCode(c)}`), 'latin1'), 400)
  // The library's texts end at a NUL, and so does what we take from them, the signature included.
  add('NUL in the target', getOf(`/?${GOOD}\0x`, ['Host: h', 'Connection: close']), 200, 400, 0)
  add('NUL in a header', getOf(`/?${GOOD}`, ['Host: h', 'X: a\0b', 'Connection: close']), 200, 400, 0)
  add('NUL in a header name', getOf(`/?${GOOD}`, ['Host: h', 'X\0Y: a']), 400, 0)

  // RFC 9112, 3.2 and 11.2: what another server on the way could read otherwise
  for (const headers of [[], ['Host: a', 'Host: b'], ['Host: h', 'host: h'], [`Host: ${'h'.repeat(256)}`]]) add(`hosts ${headers.length}`, getOf(`/?${GOOD}`, headers), 400)
  const smuggling = [
    ['Content-Length: 5', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Content-Length: 5', 'Content-Length: 5'], ['Content-Length: 5', 'Content-Length: 6'], ['Content-Length: 5, 5'], ['Content-Length: 5,6'],
    ['Content-Length: +5'], ['Content-Length: -5'], ['Content-Length: 0x5'], ['Content-Length: 5 5'], ['Content-Length: five'], ['Content-Length: 5.0'],
    ['Content-Length: 18446744073709551616'], ['Content-Length: 99999999999999999999999999'], ['Content-Length: '], ['Content-Length: 5_0'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked, chunked'], ['Transfer-Encoding: identity, chunked'],
    ['Transfer-Encoding: gzip, chunked'], ['Transfer-Encoding: xchunked'], ['Transfer-Encoding: chunked;q=1'], ['Transfer-Encoding:\x0bchunked'],
    ['Transfer-Encoding: "chunked"'], ['Transfer-Encoding: cow'], ['Transfer-Encoding: identity'], ['Transfer-Encoding: chun ked'],
  ]
  for (const headers of smuggling) add(`framing ${JSON.stringify(headers)}`, post([FORM, ...headers], '0\r\n\r\n'), 400, 413, 501, 0)
  add('HTTP/1.0 without a host', head(`GET /?${GOOD} HTTP/1.0`, ['Connection: close']), 200)
  add('a blank before the colon', post([FORM, 'Transfer-Encoding : chunked'], '0\r\n\r\n'), 400, 0)
  add('a folded header', getOf(`/?${GOOD}`, ['Host: h', 'X: a\r\n b']), 200, 400)
  add('a header without a colon', getOf(`/?${GOOD}`, ['Host: h', 'nonsense']), 400)
  add('a header without a name', getOf(`/?${GOOD}`, ['Host: h', ': x', 'Connection: close']), 200, 400)
  add('a blank before the first header', `GET /?${GOOD} HTTP/1.1\r\n Host: h${END}`, 400)

  for (const chunk of ['x\r\nabc\r\n0\r\n\r\n', '-1\r\nabc\r\n0\r\n\r\n', '+3\r\nabc\r\n0\r\n\r\n', '0x3\r\nabc\r\n0\r\n\r\n', '3 \r\nabc\r\n0\r\n\r\n', 'ffffffffffffffff\r\nabc',
    'fffffffffffffffff\r\nabc', '3\r\nabcde\r\n0\r\n\r\n', '3\nabc\n0\n\n', '\r\nabc\r\n0\r\n\r\n', '3;a="\r\nabc\r\n0\r\n\r\n', 'g\r\n']) {
    add(`chunk ${JSON.stringify(chunk)}`, post([FORM, 'Transfer-Encoding: chunked', 'Connection: close'], chunk), 200, 400, 413, 0)
  }

  const sizes = [['a long target', getOf(`/?${'x'.repeat(70000)}`), 414], ['a long header', getOf('/', ['Host: h', `X: ${'x'.repeat(70000)}`]), 431],
    ['many headers', getOf('/', ['Host: h', ...Array.from({ length: 65 }, (_, n) => `h${n}: x`)]), 431],
    ['a long body', post([FORM, `Content-Length: ${70000}`], 'x'.repeat(70000)), 413],
    ['a long chunked body', post([FORM, 'Transfer-Encoding: chunked', 'Connection: close'], `11170\r\n${'x'.repeat(70000)}\r\n0\r\n\r\n`), 413]]
  for (const [what, bytes, status] of sizes) add(what, bytes, status, 0)
  add('many parameters', getOf(`/?${Array.from({ length: 200 }, (_, n) => `a${n}=1`).join('&')}`), 400)

  // percent-encoding and UTF-8 (RFC 3986, 2.1; RFC 3629)
  for (const bad of ['%', '%a', '%zz', '%g0', '%0g', '%%', '%u0041', '%00', '%c0%80', '%c0%af', '%c1%bf', '%e0%80%af', '%e0%9f%bf', '%f0%80%80%af', '%f0%8f%bf%bf',
    '%f4%90%80%80', '%f5%80%80%80', '%ff', '%fe', '%80', '%bf', '%c3', '%e2%82', '%f0%9f%98', '%ed%a0%80', '%ed%bf%bf', '%c3%28', '%e2%28%a1', '%f8%88%80%80%80', '%fc%84%80%80%80%80']) {
    add(`encoding ${bad} in the query`, getOf(`/?${GOOD}&ClientToken=${bad}`), 400)
    add(`encoding ${bad} in a name`, getOf(`/?${GOOD}&${bad}=x`), 400)
    const body = `ClientToken=${bad}`
    add(`encoding ${bad} in a form`, post([FORM, `Content-Length: ${body.length}`, 'Connection: close'], body), 400)
  }
  for (const target of ['*', 'http://h/', '//', '/..', '/%2e', '/?', '/?&&&', '/?=', '/?=x', '/#', '/a', `//?${GOOD}`, `/%2f?${GOOD}`]) add(`target ${target}`, getOf(target, ['Host: h', 'Connection: close']), 400, 404)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'CONNECT', 'HEAD', 'get', 'G', 'X'.repeat(100)]) {
    add(`method ${method}`, head(`${method} /?${GOOD} HTTP/1.1`, ['Host: h', 'Connection: close']), 400, 404, 405, 501)
  }
  for (const value of ['../..', 'a/b', 'a b', 'a"b', "a'b", '<b>', '${x}', '{0}', 'a:b', 'a|b', 'x'.repeat(65), '%0d%0aX: y', '%F0%9F%98%80', '-1;', '$(id)', '\\', 'a%00b', '*']) {
    add(`pack id ${value}`, getOf(`/?Action=GetCompliancePackReport&Version=${VERSION}&AccountId=${ACCOUNT}&CompliancePackId=${value.replaceAll(' ', '%20').replaceAll('"', '%22').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('\\', '%5C')}`, ['Host: h', 'Connection: close']), 400)
  }
  const deep = '['.repeat(30000)
  add('deep JSON as a form', post(['Content-Type: application/json', `Content-Length: ${deep.length}`, 'Connection: close'], deep), 200, 400)
  return list
}

test('every malformed request gets its status, and the door goes on', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const daemon = await world.startDaemon({ ...openDoor, 'api.idle_timeout': '2s', 'api.request_timeout': '2s' })
  const address = await addressOf(daemon)
  const list = cases()
  assert.ok(list.length > 200, `${list.length} cases`)
  const wrong = []
  const work = async () => {
    for (let next = list.shift(); next; next = list.shift()) {
      const [what, bytes, statuses] = next
      const { status, isClosed, text } = await sendBytes(address, bytes)
      if (!isClosed) wrong.push(`${what}: still open`)
      else if (!statuses.includes(status)) wrong.push(`${what}: ${status} ${text.slice(0, 80)}`)
    }
  }
  await Promise.all(Array.from({ length: 32 }, work))
  assert.deepEqual(wrong, [])
  assert.equal((await get(address, 'pack-1')).status, 200)
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text.slice(-3000))
}))

test('slow and silent clients lose their connection; others are not kept waiting', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const daemon = await world.startDaemon({ ...openDoor, 'api.idle_timeout': '1s', 'api.request_timeout': '1s' })
  const address = await addressOf(daemon)
  const request = getOf(`/?${GOOD}`)
  const slow = ['', 'G', request.slice(0, 30), request.slice(0, -2), post([FORM, 'Content-Length: 100'], 'a=')]
    .flatMap(bytes => Array.from({ length: 20 }, () => sendBytes(address, bytes || [])))
  await eventually('all are connected', async () => (await get(address, 'pack-1')).status === 200)
  for (const { isClosed, status } of await Promise.all(slow)) {
    assert.ok(isClosed)
    assert.ok([0, 400, 408].includes(status), `${status}`)
  }
  assert.equal((await get(address, 'pack-1')).status, 200)
}))

test('a second request behind the first on one connection is read as what it is', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const address = await addressOf(await world.startDaemon(signedDoor(world)))
  const first = getOf(`/?${GOOD}`)
  const { text } = await sendBytes(address, first + getOf('/elsewhere', ['Host: h', 'Connection: close']))
  assert.deepEqual([...text.matchAll(/"Code":"([^"]*)"/g)].map(match => match[1]).length, 2, text)
}))
