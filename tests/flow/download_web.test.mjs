// SPDX-License-Identifier: MIT
//
// `packreport download` over HTTP: from the front door with an access key or a link, and from servers that break off, lie, or
// would write elsewhere.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, BUILD, World, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { KEY, addressOf, generate, openDoor, reportOverHttp, signedDoor } from './lib/door.mjs'
import { Authority } from './lib/tls.mjs'

const SECRET = 'a-secret-of-the-test'
const keyFile = (world, more = {}) => world.writePrivate('key.json', { AccessKeyId: KEY.id, AccessKeySecret: SECRET, Expiration: 'ignored', ...more })
// Without the place of a Redis: none is needed.
const download = (world, args, options) => world.run(path.join(BUILD, 'packreport'), ['download', ...args], options)

function expectSame(folder, copy) {
  assert.deepEqual(fs.readdirSync(copy).sort(), fs.readdirSync(folder).sort())
  for (const name of fs.readdirSync(folder)) assert.deepEqual(fs.readFileSync(`${copy}/${name}`), fs.readFileSync(`${folder}/${name}`), name)
}

test('from the door, with an access key: signed, followed, checked', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const address = await addressOf(await world.startDaemon(signedDoor(world, [{}, { id: 'STS.x', SecurityToken: 'tok/en+=', expires: '2099-01-01T00:00:00Z' }])))
  await world.cli(['generate', '--account', ACCOUNT, '--pack', 'pack-1', '--wait', '--quiet'])
  const [{ folder, report }] = world.visibleReports('pack-1')
  const where = ['--endpoint', `http://${address}`, '--access-key-file', keyFile(world)]
  const { stdout } = await download(world, [...where, '--pack', 'pack-1', '--out', world.path('copy'), '--json'])
  assert.equal(JSON.parse(stdout).ReportId, report)
  expectSame(folder, world.path('copy'))
  assert.ok(!fs.existsSync(world.path('copy.part')))
  keyFile(world, { AccessKeyId: 'STS.x', SecurityToken: 'tok/en+=' })
  await download(world, [...where, '--pack', 'pack-1', '--out', `${world.path('again')}/`])
  expectSame(folder, world.path('again'))
  const there = await download(world, [...where, '--pack', 'pack-1', '--out', world.path('copy')], { status: 75 })
  assert.match(there.stderr, /exists already/)
  const none = await download(world, [...where, '--pack', 'pack-2', '--out', world.path('none')], { status: 1 })
  assert.match(none.stderr, /pack pack-2 has no complete report \(status NONE\)/)
  for (const [change, message] of [[{ AccessKeySecret: 'wrong-secret' }, /SignatureDoesNotMatch/], [{ AccessKeyId: 'nobody' }, /InvalidAccessKeyId\.NotFound/],
    [{ AccessKeySecret: undefined }, /AccessKeySecret/], [{ AccessKeySecret: 'two words' }, /AccessKeySecret/]]) {
    keyFile(world, change)
    const refused = await download(world, [...where, '--pack', 'pack-1', '--out', world.path('none')], { status: null })
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, message)
    assert.doesNotMatch(refused.stderr, /wrong-secret|two words/)
  }
  fs.chmodSync(keyFile(world), 0o644)
  const open = await download(world, [...where, '--pack', 'pack-1', '--out', world.path('none')], { status: 78 })
  assert.match(open.stderr, /0600/)
}))

test('by a link, also from standard input; over TLS, whose authority is named', inWorld(async world => {
  furnish(world)
  const authority = new Authority(world, 'ca')
  const pair = authority.issue('door')
  world.writePrivate('credentials/door-key', fs.readFileSync(pair.key))
  const tlsAddress = await addressOf(await world.startDaemon({ ...signedDoor(world), 'api.tls_certificate': pair.cert, 'api.tls_credential': 'door-key' }))
  const address = await addressOf(await world.startDaemon(openDoor))
  await generate(address, 'pack-1')
  const { ReportUrl } = await reportOverHttp(address, 'pack-1')
  const [{ folder }] = world.visibleReports('pack-1')
  await download(world, ['--url', ReportUrl, '--out', world.path('one')])
  await download(world, ['--url', '-', '--out', world.path('two')], { input: `${ReportUrl}\n` })
  await download(world, ['--endpoint', `http://${address}`, '--account', ACCOUNT, '--pack', 'pack-1', '--out', world.path('three')])
  const secure = ['--endpoint', `https://${tlsAddress}`, '--access-key-file', keyFile(world), '--pack', 'pack-1']
  await download(world, [...secure, '--ca-file', authority.ca, '--out', world.path('four')])
  for (const copy of ['one', 'two', 'three', 'four']) expectSame(folder, world.path(copy))
  const untrusted = await download(world, [...secure, '--out', world.path('five')], { status: null })
  assert.notEqual(untrusted.code, 0)
  assert.match(untrusted.stderr, /certificate|SSL/i)
  const forged = await download(world, ['--url', ReportUrl.replace(/.$/, c => c === 'A' ? 'B' : 'A'), '--out', world.path('five')], { status: 77 })
  assert.match(forged.stderr, /altered or has expired/)
  assert.ok(!fs.existsSync(world.path('five')))
}))

// ---- servers of our own

const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex')

// Serves `files` (name: bytes) with a manifest; `behave(name, range)` may answer instead, with {status, body} or 'cut'.
async function serve(world, files, { manifest, behave = () => null } = {}) {
  const entries = Object.entries(files).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256(bytes) }))
  const state = { requests: [], behave, manifest: manifest ?? { reportId: 'rp-test', files: entries } }
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://h').pathname.split('/').at(-1))
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')?.slice(1).map(Number)
    state.requests.push({ name, range })
    const own = state.behave(name, range)
    if (own) {
      response.writeHead(own.status, own.cut ? { 'content-length': own.body.length + 10 } : {})
      response.write(own.body ?? '')
      if (own.cut) response.destroy()
      else response.end()
      return
    }
    const bytes = name === 'manifest.json' ? Buffer.from(JSON.stringify(state.manifest)) : files[name]
    if (!bytes) response.writeHead(404).end()
    else if (range) response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/${bytes.length}` }).end(bytes.subarray(range[0], range[1] + 1))
    else response.writeHead(200).end(bytes)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => new Promise(resolve => { server.closeAllConnections(); server.close(resolve) }))
  state.link = `http://127.0.0.1:${server.address().port}/reports/a/b/c/1/report.csv?Expires=9&Signature=s`
  return state
}

const inPlainWorld = body => async () => {
  const world = new World()
  try { await body(world) } finally { await world.end() }
}

test('what was broken off goes on where it ended', inPlainWorld(async world => {
  const large = crypto.randomBytes(9 * 1024 * 1024 + 7)
  const files = { 'report.csv': Buffer.from('a,b\r\n'), 'findings.ndjson': large, 'empty.txt': Buffer.alloc(0) }
  const server = await serve(world, files, { behave: (name, range) => name === 'findings.ndjson' && range[0] > 0 ? { status: 403 } : null })
  const args = ['--url', server.link, '--out', world.path('copy')]
  const ended = await download(world, args, { status: 77 })
  assert.match(ended.stderr, /findings\.ndjson: the link is refused.*goes on/)
  assert.equal(fs.statSync(world.path('copy.part/findings.ndjson')).size, 4 * 1024 * 1024)
  assert.ok(!fs.existsSync(world.path('copy')))
  // As if the end of the machine had cut the last write.
  fs.truncateSync(world.path('copy.part/findings.ndjson'), 1000)
  server.requests.length = 0
  let cuts = 2
  server.behave = (name, range) => name === 'findings.ndjson' && range[0] > 1000 && cuts-- > 0 ? { status: 206, body: 'x', cut: true } : null
  await download(world, args)
  assert.deepEqual(server.requests.find(({ name }) => name === 'findings.ndjson').range[0], 1000)
  assert.deepEqual(fs.readFileSync(world.path('copy/findings.ndjson')), large)
  assert.equal(fs.statSync(world.path('copy/empty.txt')).size, 0)
  assert.ok(cuts <= 0)
}))

test('what an earlier run left of another report is not mixed in', inPlainWorld(async world => {
  const server = await serve(world, { 'report.csv': Buffer.from('new') })
  world.write('copy.part/manifest.json', '{"files": []}')
  world.write('copy.part/report.csv', 'ol')
  world.write('copy.part/stranger', 'x')
  await download(world, ['--url', server.link, '--out', world.path('copy')])
  assert.deepEqual(fs.readdirSync(world.path('copy')).sort(), ['manifest.json', 'report.csv'])
  assert.equal(fs.readFileSync(world.path('copy/report.csv'), 'utf8'), 'new')
}))

test('a manifest that leads elsewhere, or fits nothing, is refused', inPlainWorld(async world => {
  const bytes = Buffer.from('evil')
  const entry = { name: 'report.csv', bytes: 4, sha256: sha256(bytes) }
  for (const [n, change] of [{ name: '../evil' }, { name: '/tmp/evil' }, { name: 'a/b' }, { name: '..' }, { name: '.hidden' }, { name: 'a\\b' }, { name: '' },
    { name: 'a\nb' }, { name: 'manifest.json' }, { name: 7 }, { bytes: -1 }, { bytes: '4' }, { sha256: 'x' }, { sha256: entry.sha256.toUpperCase() }].entries()) {
    const server = await serve(world, { 'report.csv': bytes, evil: bytes, b: bytes }, { manifest: { files: [entry, { ...entry, ...change }] } })
    world.write(`w${n}/.keep`, '')
    const refused = await download(world, ['--url', server.link, '--out', world.path(`w${n}/copy`)], { status: 76 })
    assert.match(refused.stderr, /manifest/, JSON.stringify(change))
    assert.ok(server.requests.every(({ name }) => name === 'manifest.json'), 'nothing was fetched')
    assert.deepEqual(fs.readdirSync(world.path(`w${n}`)).sort(), ['.keep', 'copy.part'])
    assert.deepEqual(fs.readdirSync(world.path(`w${n}/copy.part`)), ['manifest.json'])
  }
}))

test('a file that does not match is not kept, and the next run has it anew', inPlainWorld(async world => {
  const server = await serve(world, { 'report.csv': Buffer.from('right') })
  const args = ['--url', server.link, '--out', world.path('copy')]
  server.behave = name => name === 'report.csv' ? { status: 206, body: 'wrong' } : null
  assert.match((await download(world, args, { status: 76 })).stderr, /report\.csv does not match the manifest/)
  assert.deepEqual(fs.readdirSync(world.path('copy.part')), ['manifest.json'])
  server.behave = name => name === 'report.csv' ? { status: 206, body: 'wrong and long' } : null
  assert.match((await download(world, args, { status: 76 })).stderr, /14 bytes came .* and 5 were asked for/)
  server.behave = () => null
  await download(world, args)
  assert.equal(fs.readFileSync(world.path('copy/report.csv'), 'utf8'), 'right')
  // What would lead elsewhere is not followed.
  fs.cpSync(world.path('copy'), world.path('elsewhere'), { recursive: true })
  fs.rmSync(world.path('elsewhere/report.csv'))
  fs.symlinkSync(world.path('elsewhere'), world.path('next.part'))
  await download(world, ['--url', server.link, '--out', world.path('next')])
  assert.deepEqual(fs.readdirSync(world.path('elsewhere')), ['manifest.json'])
}))

test('a command line that is wrong is refused', inPlainWorld(async world => {
  const out = ['--out', world.path('x')]
  const key = keyFile(world)
  for (const args of [['--url', 'http://h/x?y'], ['--url', 'http://h/x?y', '--pack', 'p', ...out], ['--url', 'http://h/x?y', '--endpoint', 'https://h', ...out],
    ['--endpoint', 'https://h', ...out], ['--endpoint', 'https://h', '--pack', 'p', ...out], ['--endpoint', 'h', '--pack', 'p', '--access-key-file', key, ...out],
    ['--endpoint', 'https://h/x', '--pack', 'p', '--access-key-file', key, ...out], ['--access-key-file', key, '--pack', 'p', ...out],
    ['--endpoint', 'https://h', '--account', '1', '--pack', 'p', '--access-key-file', key, ...out], ['--pack', 'p', ...out], ['--ca-file', 'x', '--account', '1', '--pack', 'p', ...out]]) {
    await download(world, args, { status: 64 })
  }
  for (const link of ['nonsense', 'ftp://h/x?y', 'http://h/x', 'http://h?y', 'http://h/a b?c']) {
    const { stderr } = await download(world, ['--url', link, ...out], { status: null })
    assert.match(stderr, /no link to a report/, link)
  }
}))
