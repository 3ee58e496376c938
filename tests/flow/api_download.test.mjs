// SPDX-License-Identifier: MIT
//
// Links to reports: ranges, tags, and no way to anything else.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { addressOf, generate, get, openDoor, reportOverHttp, send } from './lib/door.mjs'

async function linked(world, overrides = {}) {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  world.writePrivate('credentials/link-key', 'a key of all daemons')
  const settings = { ...openDoor, 'api.link_credential': 'link-key', 'credentials.path': world.path('credentials'), ...overrides }
  const address = await addressOf(await world.startDaemon(settings))
  await generate(address, 'pack-1')
  const { ReportUrl } = await reportOverHttp(address, 'pack-1')
  const url = new URL(ReportUrl)
  const [{ folder }] = world.visibleReports('pack-1')
  const fetch = (file = 'findings.ndjson', { headers = {}, method = 'GET', query = url.search } = {}) =>
    send(address, { method, headers, path: url.pathname.replace('report.csv', file) + query })
  return { address, url, folder, fetch, settings }
}

test('ranges, tags and names', inWorld(async world => {
  const { folder, fetch } = await linked(world)
  const whole = fs.readFileSync(path.join(folder, 'findings.ndjson'))
  const plain = await fetch()
  assert.deepEqual(plain.bytes, whole)
  assert.equal(plain.headers['accept-ranges'], 'bytes')
  assert.match(plain.headers['content-disposition'], new RegExp(`^attachment; filename="${ACCOUNT}-pack-1-rp-[a-z0-9]+-findings\\.ndjson"$`))
  assert.equal(plain.headers['x-content-type-options'], 'nosniff')
  const { etag } = plain.headers
  const size = whole.length
  const ranges = [
    ['bytes=0-9', 206, whole.subarray(0, 10), `bytes 0-9/${size}`],
    ['bytes=10-', 206, whole.subarray(10), `bytes 10-${size - 1}/${size}`],
    ['bytes=-7', 206, whole.subarray(size - 7), `bytes ${size - 7}-${size - 1}/${size}`],
    [`bytes=${size - 1}-${size * 2}`, 206, whole.subarray(size - 1), `bytes ${size - 1}-${size - 1}/${size}`],
    [`bytes=-${size * 2}`, 206, whole, `bytes 0-${size - 1}/${size}`],
    [`bytes=${size}-`, 416, Buffer.alloc(0), `bytes */${size}`],
    ['bytes=-0', 416, Buffer.alloc(0), `bytes */${size}`],
    ['bytes=9-0', 200, whole], ['bytes=0-1,3-4', 200, whole], ['lines=0-9', 200, whole], ['bytes=a-b', 200, whole],
    ['bytes=99999999999999999999999-', 200, whole],
  ]
  for (const [range, status, bytes, contentRange] of ranges) {
    const answer = await fetch('findings.ndjson', { headers: { range } })
    assert.equal(answer.status, status, range)
    assert.deepEqual(answer.bytes, bytes, range)
    assert.equal(answer.headers['content-range'], contentRange, range)
  }
  assert.equal((await fetch('findings.ndjson', { headers: { 'if-none-match': etag } })).status, 304)
  const known = [['if-none-match', '*', 304], ['if-none-match', '"other"', 200], ['if-none-match', `W/${etag}`, 304], ['if-none-match', `"a,b" ,W/"x",\t${etag}`, 304],
    ['if-none-match', ['"a"', etag], 304], ['if-none-match', etag.slice(1), 200], ['if-none-match', `"other" x ${etag}`, 200], ['if-none-match', etag.slice(0, -1), 200],
    ['if-match', '*', 200], ['if-match', etag, 200], ['if-match', `"other", ${etag}`, 200], ['if-match', '"other"', 412], ['if-match', `W/${etag}`, 412], ['if-match', 'x', 412]]
  for (const [field, value, status] of known) assert.equal((await fetch('findings.ndjson', { headers: { [field]: value } })).status, status, `${field} ${value}`)
  const unchanged = await fetch('findings.ndjson', { headers: { 'if-none-match': etag, range: 'bytes=0-9' } })
  assert.deepEqual([unchanged.status, unchanged.headers.etag, unchanged.headers['content-length'], unchanged.bytes.length], [304, etag, String(size), 0])
  assert.match((await fetch('findings.ndjson', { headers: { 'if-match': '"other"' } })).json.Message, /If-Match/)
  assert.equal((await fetch('findings.ndjson', { headers: { range: 'bytes=0-0', 'if-range': etag } })).status, 206)
  assert.equal((await fetch('findings.ndjson', { headers: { range: 'bytes=0-0', 'if-range': '"other"' } })).status, 200)
  assert.notEqual((await fetch('report.json')).headers.etag, etag)
  const head = await fetch('findings.ndjson', { method: 'HEAD', headers: { range: 'bytes=0-9' } })
  assert.equal(head.status, 200)
  assert.equal(head.bytes.length, 0)
  assert.equal(head.headers['content-length'], String(size))
  const post = await fetch('findings.ndjson', { method: 'POST' })
  assert.equal(post.status, 405)
  assert.equal(post.headers.allow, 'GET, HEAD')
}))

test('a forged, altered or expired link is refused, and no path leaves the store', inWorld(async world => {
  const { address, url, folder, fetch } = await linked(world, { 'api.link_lifetime': '2s' })
  assert.equal((await fetch('report.json', { query: '' })).status, 403)
  assert.equal((await fetch('report.json', { query: url.search.replace(/Expires=\d+/, 'Expires=99999999999') })).status, 403)
  assert.equal((await fetch('report.json', { query: url.search.replace(/.$/, c => (c === '0' ? '1' : '0')) })).status, 403)
  assert.equal((await send(address, { path: url.pathname.replace('pack-1', 'pack-2') + url.search })).status, 403)
  for (const file of ['../../../../../accounts.json', '..%2f..%2faccounts.json', '%2e%2e/accounts.json', '.hidden', 'a%00', 'a/b']) {
    assert.ok([400, 403].includes((await fetch(file)).status), file)
  }
  fs.symlinkSync(world.path('accounts.json'), path.join(folder, 'way-out'))
  fs.mkdirSync(path.join(folder, 'inner'))
  for (const file of ['way-out', 'inner', 'nothing']) assert.equal((await fetch(file)).status, 404, file)
  const expired = await eventually('the link has expired', async () => {
    const answer = await fetch('report.json')
    return answer.status !== 200 && answer
  })
  assert.equal(expired.status, 403)
  assert.match(expired.json.Message, /expired/)
}))

test('a link of one daemon is good at another, and begins as the settings say', inWorld(async world => {
  const { url, settings } = await linked(world)
  const second = await addressOf(await world.startDaemon({ ...settings, 'api.public_url': 'https://reports.example.com/base' }))
  assert.equal((await send(second, { path: url.pathname + url.search })).status, 200)
  const { json } = await get(second, 'pack-1')
  assert.ok(json.CompliancePackReport.ReportUrl.startsWith(`https://reports.example.com/base/reports/${ACCOUNT}/pack-1/`))
}))
