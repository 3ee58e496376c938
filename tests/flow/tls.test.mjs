// SPDX-License-Identifier: MIT
//
// Redis over TLS: reports are made over it, each thing that can be wrong with a certificate is said, and nothing is ever sent in
// plain text.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import tls from 'node:tls'
import Redis from 'ioredis'
import { ACCOUNT, BUILD, REDIS_SERVER, World, eventually, inWorld, logLines, partitionOf, worldOfFile } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { MASTER_NAME, freePort } from './lib/sentinels.mjs'
import { Authority, HAS_TLS, NO_TLS, tlsArgs } from './lib/tls.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { USAGE: 64, UNAVAILABLE: 69, NOPERM: 77, CONFIG: 78 }
const GENERATE = ['generate', '--account', ACCOUNT, '--pack', 'pack-1', '--wait', '--json']

// A world whose Redis has a TLS port (and a Unix socket, for the test itself), with the certificate `prepare` names.
function inTlsWorld(body, prepare = (_world, authority) => ({ server: authority.issue('server') })) {
  return async t => {
    const world = new World()
    try {
      world.authority = new Authority(world, 'authority')
      const { server, more = [], ...options } = await prepare(world, world.authority)
      world.tlsPort = await freePort()
      world.redisArgs = [...tlsArgs(world.tlsPort, server, options), ...more]
      await world.startRedis()
      furnish(world)
      await body(world, t)
    } finally {
      await world.end()
    }
  }
}

const settings = (world, more = {}) => ({ 'redis.address': `rediss://localhost:${world.tlsPort}`, 'redis.tls_ca': world.authority.ca, ...more })
const runCli = (world, command, args, options) => world.run(PACKREPORT, [...command, ...args], options)
const place = (world, host = 'localhost', ca = world.authority.ca) => ['--redis', `rediss://${host}:${world.tlsPort}`, '--redis-tls-ca', ca]

test('a report is made over TLS, for the daemon and both ways of the command line', { skip: NO_TLS }, inTlsWorld(async world => {
  const daemon = await world.startDaemon(settings(world))
  for (const where of [place(world), ['--config', daemon.config]]) {
    const { stdout } = await runCli(world, GENERATE, where)
    assert.equal(JSON.parse(stdout).report.ReportStatus, 'COMPLETE')
  }
  const clients = (await world.redis.client('LIST')).split('\n').filter(line => line.includes('name=packreportd-'))
  assert.equal(clients.length, 3)
  for (const client of clients) assert.match(client, new RegExp(`laddr=127\\.0\\.0\\.1:${world.tlsPort} `))
  daemon.kill()
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text)
}))

test('a client certificate is shown where the server demands one, and missed where it is not given', { skip: NO_TLS }, inTlsWorld(async world => {
  const { cert, key } = world.authority.issue('client')
  world.write('credentials/redis-key', fs.readFileSync(key))
  const withKey = { 'redis.tls_cert': cert, 'redis.tls_key': 'redis-key', 'credentials.path': world.path('credentials') }
  const daemon = await world.startDaemon(settings(world, withKey))
  for (const where of [[...place(world), '--redis-tls-cert', cert, '--redis-tls-key', key], ['--config', daemon.config]]) {
    assert.equal(JSON.parse((await runCli(world, GENERATE, where)).stdout).report.ReportStatus, 'COMPLETE')
  }
  const without = await runCli(world, ['list'], place(world), { status: EX.NOPERM })
  assert.match(without.stderr, /^packreport list: redis 127\.0\.0\.1:\d+: TLS: the server demands a client certificate \(.*\); give one in tls_cert and tls_key$/m)

  const strange = new Authority(world, 'strange').issue('client')
  const refused = await runCli(world, ['list'], [...place(world), '--redis-tls-cert', strange.cert, '--redis-tls-key', strange.key], { status: EX.NOPERM })
  assert.match(refused.stderr, /TLS: the server refuses the client certificate in tls_cert \(.*unknown ca\); it has to be valid, and signed by an authority in the server's tls-ca-cert-file/)
}, (_world, authority) => ({ server: authority.issue('server'), clients: 'yes', ca: authority.ca })))

test('with TLS 1.2, too, a missing client certificate is said', { skip: NO_TLS }, inTlsWorld(async world => {
  await world.redis.config('SET', 'tls-protocols', 'TLSv1.2')
  const { stderr } = await runCli(world, ['list'], place(world), { status: EX.NOPERM })
  assert.match(stderr, /TLS: the server refuses the handshake \(.*handshake failure\); if it demands a client certificate, give one in tls_cert and tls_key/)
  const { cert, key } = world.authority.issue('client')
  await runCli(world, ['list'], [...place(world), '--redis-tls-cert', cert, '--redis-tls-key', key])
}, (_world, authority) => ({ server: authority.issue('server'), clients: 'yes', ca: authority.ca })))

test('another authority than the one that is trusted', { skip: NO_TLS }, inTlsWorld(async world => {
  const strange = new Authority(world, 'strange')
  const message = /redis 127\.0\.0\.1:\d+: TLS: the server's certificate is signed by "authority", which is no authority that is trusted here \(.*\); name the file of the right one in tls_ca/
  assert.match((await runCli(world, ['list'], place(world, 'localhost', strange.ca), { status: EX.NOPERM })).stderr, message)
  const system = await runCli(world, ['list'], ['--redis', `rediss://localhost:${world.tlsPort}`], { status: EX.NOPERM })
  assert.match(system.stderr, message, 'the system does not trust it either')

  // The daemon waits for the certificate to be put right, and says so once.
  const daemon = await world.startDaemon(settings(world, { 'redis.tls_ca': strange.ca }), { ready: false })
  await eventually('the daemon says why', () => logLines(daemon).some(line => line.event === 'redis.down' && message.test(line.error)))
  assert.ok(daemon.isRunning)
}))

test('an expired certificate, and one that is not valid yet', { skip: NO_TLS }, inTlsWorld(async world => {
  const expired = await runCli(world, ['list'], place(world), { status: EX.NOPERM })
  assert.match(expired.stderr, /TLS: the server's certificate has expired on 2020-02-01 00:00:00 UTC; the server needs a new one/)
  const early = world.authority.issue('early', { dates: ['-not_before', '20990101000000Z', '-not_after', '20990201000000Z'] })
  await world.redis.config('SET', 'tls-cert-file', early.cert, 'tls-key-file', early.key)
  const notYet = await runCli(world, ['list'], place(world), { status: EX.NOPERM })
  assert.match(notYet.stderr, /TLS: the server's certificate is not valid before 2099-01-01 00:00:00 UTC; is the clock of this host right\?/)
}, (_world, authority) => ({ server: authority.issue('expired', { dates: ['-not_before', '20200101000000Z', '-not_after', '20200201000000Z'] }) })))

test('the name of the host is verified, or the one that was told', { skip: NO_TLS }, inTlsWorld(async world => {
  for (const host of ['localhost', '127.0.0.1']) {
    const { stderr } = await runCli(world, ['list'], place(world, host), { status: EX.NOPERM })
    assert.match(stderr, new RegExp(`TLS: the server's certificate is for "redis\\.example\\.com", "\\*\\.example\\.org", 10\\.0\\.0\\.1, not for "${host}"; ` +
      'connect under a name that it has, or say that name in tls_server_name'))
  }
  for (const name of ['redis.example.com', 'any.example.org', '10.0.0.1']) {
    await runCli(world, ['list'], [...place(world), '--redis-tls-server-name', name])
  }
  const daemon = await world.startDaemon(settings(world, { 'redis.tls_server_name': 'redis.example.com' }))
  await daemon.end()
}, (_world, authority) => ({ server: authority.issue('server', { names: 'DNS:redis.example.com,DNS:*.example.org,IP:10.0.0.1' }) })))

test('a server without TLS is told from a dead one, and hears nothing but the first message of TLS', { skip: NO_TLS }, inWorld(async world => {
  furnish(world)
  world.write('credentials/password', 'geheim')
  const port = await freePort()
  await world.redis.config('SET', 'port', String(port))
  const asked = await runCli(world, ['list'], ['--redis', `rediss://127.0.0.1:${port}`], { status: EX.UNAVAILABLE })
  assert.match(asked.stderr, /redis 127\.0\.0\.1:\d+: TLS: no answer to the handshake within 5000 ms; rediss:\/\/ needs the server's tls-port/)

  // One that answers in plain text, and keeps what it hears.
  const heard = []
  const plain = net.createServer(socket => socket.on('error', () => {}).on('data', data => { heard.push(data); socket.write('-ERR what?\r\n') }))
  await new Promise(resolve => plain.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => new Promise(resolve => plain.close(resolve)))
  const daemon = await world.startDaemon({ 'redis.address': `rediss://127.0.0.1:${plain.address().port}`, 'redis.credential': 'password',
    'credentials.path': world.path('credentials') }, { ready: false })
  await eventually('the daemon says what is wrong', () => logLines(daemon).some(line => line.event === 'redis.down' &&
    /TLS: what the server sends is no TLS \(.*\); rediss:\/\/ needs its tls-port/.test(line.error)))
  await eventually('it tries again', () => heard.length >= 9)
  await daemon.end('SIGKILL')
  for (const data of heard) assert.deepEqual([...data.subarray(0, 2)], [0x16, 0x03], 'a record of a handshake (RFC 8446, section 5.1)')
  const all = Buffer.concat(heard).toString('latin1')
  for (const word of ['geheim', 'AUTH', 'HELLO', 'INFO']) assert.ok(!all.includes(word), word)
}))

test('a server that is not trusted gets no password', { skip: NO_TLS }, async () => {
  const world = new World()
  try {
    const { cert, key } = new Authority(world, 'strange').issue('server')
    const authority = new Authority(world, 'authority')
    const heard = []
    let attempts = 0
    const server = tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, socket => socket.on('error', () => {}).on('data', data => heard.push(data)))
    server.on('tlsClientError', () => { attempts++ })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    world.closers.push(() => new Promise(resolve => server.close(resolve)))
    const password = world.write('password', 'geheim')
    const args = ['--redis', `rediss://localhost:${server.address().port}`, '--redis-tls-ca', authority.ca, '--redis-credential', password]
    await runCli(world, ['list'], args, { status: EX.NOPERM })
    await eventually('the server saw the refusal', () => attempts > 0)
    assert.deepEqual(heard, [])
  } finally {
    await world.end()
  }
})

test('a plain address at a TLS port: what would be right is said', inTlsWorld(async world => {
  const { stderr } = await runCli(world, ['list'], ['--redis', `127.0.0.1:${world.tlsPort}`], { status: null })
  assert.match(stderr, /^packreport list: redis 127\.0\.0\.1:\d+: .* before any reply; a port with TLS needs rediss:\/\/$/m)
}))

test('SIGHUP reads the certificates again, for the next connection; what is broken leaves the old ones', { skip: NO_TLS }, inTlsWorld(async world => {
  const first = world.authority.issue('client')
  const ca = world.write('now/ca.pem', fs.readFileSync(world.authority.ca))
  const cert = world.write('now/client.pem', fs.readFileSync(first.cert))
  world.write('credentials/redis-key', fs.readFileSync(first.key))
  const daemon = await world.startDaemon(settings(world, { 'redis.tls_ca': ca, 'redis.tls_cert': cert, 'redis.tls_key': 'redis-key',
    'credentials.path': world.path('credentials') }))
  const count = event => logLines(daemon).filter(line => line.event === event).length
  const reconnect = async what => {
    const before = count('redis.up')
    await world.redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await eventually(() => `${what}: ${daemon.stderr.text.slice(-2000)}`, () => count('redis.up') >= before + 3)
  }

  world.write('now/client.pem', 'no certificate')
  daemon.kill('SIGHUP')
  await eventually('it is said', () => logLines(daemon).some(line => line.event === 'reload.credentials_failed' &&
    /\[redis\]: tls_cert: .*client\.pem cannot be used as a certificate in PEM form/.test(line.error)))
  await eventually('the reload is over', () => count('reload.done') === 1)
  await reconnect('with the old certificates')

  // Both sides get certificates of another authority.
  const next = new Authority(world, 'next')
  const server = next.issue('server')
  const client = next.issue('client')
  world.write('now/ca.pem', fs.readFileSync(next.ca))
  world.write('now/client.pem', fs.readFileSync(client.cert))
  world.write('credentials/redis-key', fs.readFileSync(client.key))
  await world.redis.config('SET', 'tls-cert-file', server.cert, 'tls-key-file', server.key, 'tls-ca-cert-file', next.ca)
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted', 'connections that stand go on')
  daemon.kill('SIGHUP')
  await eventually('the second reload is over', () => count('reload.done') === 2)
  await reconnect('with the new certificates')
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
}, (_world, authority) => ({ server: authority.issue('server'), clients: 'yes', ca: authority.ca })))

test('Sentinels and the master over TLS', { skip: NO_TLS }, inTlsWorld(async world => {
  const port = await freePort()
  const { cert, key } = world.authority.issue('sentinel')
  const file = world.write('sentinel/sentinel.conf', `port 0\ntls-port ${port}\nbind 127.0.0.1\ntls-cert-file ${cert}\ntls-key-file ${key}\n` +
    `tls-ca-cert-file ${world.authority.ca}\ntls-auth-clients no\ntls-replication yes\nsentinel monitor ${MASTER_NAME} 127.0.0.1 ${world.tlsPort} 1\n`)
  world.start(REDIS_SERVER, [file, '--sentinel'])
  const sentinels = { 'redis.address': '127.0.0.1:6379', 'redis.master_name': MASTER_NAME, 'redis.tls_ca': world.authority.ca }
  const daemon = await world.startDaemon({ ...sentinels, 'redis.sentinels': `rediss://127.0.0.1:${await freePort()}, rediss://127.0.0.1:${port}` })
  const { stdout } = await runCli(world, GENERATE, ['--config', daemon.config])
  assert.equal(JSON.parse(stdout).report.ReportStatus, 'COMPLETE')
  await daemon.end()

  const strange = new Authority(world, 'strange')
  const other = await world.startDaemon({ ...sentinels, 'redis.sentinels': `rediss://127.0.0.1:${port}`, 'redis.tls_ca': strange.ca }, { ready: false })
  await eventually(() => `the daemon says which one it does not trust: ${other.stderr.text}`, () => logLines(other).some(line => line.event === 'redis.down' &&
    new RegExp(`sentinel 127\\.0\\.0\\.1:${port}: TLS: the server's certificate is signed by "authority"`).test(line.error)))
}))

// Arguments of a node whose bus speaks TLS, too.
const nodeArgs = async () => ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1']

// A second node; the world's Redis is the first. Each of two partitions lies on one of them. Returns a client for it.
async function makeCluster(world) {
  const socket = world.path('second.sock')
  const port = await freePort()
  const more = await nodeArgs()
  fs.mkdirSync(world.path('second'))
  world.start(REDIS_SERVER, ['--port', '0', '--unixsocket', socket, '--dir', world.path('second'), '--save', '',
    ...tlsArgs(port, world.authority.issue('second'), { ca: world.authority.ca }), ...more])
  await eventually('the second node is there', () => fs.existsSync(socket))
  const second = new Redis({ path: socket, retryStrategy: () => 50 })
  second.on('error', () => {})
  world.clients.push(second)
  await world.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '9999')
  await second.call('CLUSTER', 'ADDSLOTSRANGE', '10000', '16383')
  await world.redis.call('CLUSTER', 'MEET', '127.0.0.1', String(port), more[more.indexOf('--cluster-port') + 1])
  for (const node of [world.redis, second]) {
    await eventually('the nodes know each other', async () => /cluster_state:ok[^]*cluster_known_nodes:2/.test(await node.call('CLUSTER', 'INFO')))
  }
  return second
}

test('all nodes of a cluster over TLS, whose certificates are for them; SIGHUP, too', { skip: NO_TLS }, inTlsWorld(async world => {
  const second = await makeCluster(world)
  const nodes = [world.redis, second]
  const accounts = ['100000000000001', '100000000000004'] // one in each partition
  assert.deepEqual(accounts.map(account => partitionOf(account, 2)), [0, 1])
  furnish(world, { packs: ['pack-1', 'pack-2', 'pack-3'], accounts })
  world.partitions = 2
  const seed = `rediss://localhost:${world.tlsPort}`
  const ca = world.write('now/ca.pem', fs.readFileSync(world.authority.ca))
  const cluster = { 'redis.address': '127.0.0.1:6379', 'redis.cluster': seed, 'redis.tls_ca': ca }
  const byNodes = ['--cluster', seed, '--redis-tls-ca', ca]
  const daemon = await world.startDaemon(cluster)
  // A node is asked for 300 ms, which a busy machine may need for more than a handshake.
  const patiently = (command, where, status = 0) => eventually('the nodes answer in time', async () => {
    const result = await runCli(world, command, where, { status: null })
    if (result.code === EX.UNAVAILABLE && /no answer/.test(result.stderr)) return null
    assert.equal(result.code, status, result.stderr)
    return result
  }, { deadlineMs: 60000 })
  const areMade = async (pack, where) => {
    for (const account of accounts) {
      const { stdout } = await patiently(['generate', '--account', account, '--pack', pack, '--wait', '--json'], where)
      assert.equal(JSON.parse(stdout).report.ReportStatus, 'COMPLETE')
    }
  }
  await areMade('pack-1', byNodes)
  await areMade('pack-2', ['--config', daemon.config])
  const lists = await Promise.all(nodes.map(node => node.client('LIST')))
  const counts = lists.map(list => list.split('\n').filter(line => line.includes('name=packreportd-')).length)
  assert.deepEqual(counts, [2, 3], 'commands and requests of a partition each, and word from operators')

  const narrow = world.authority.issue('narrow', { names: 'DNS:localhost' })
  for (const node of nodes) await node.config('SET', 'tls-cert-file', narrow.cert, 'tls-key-file', narrow.key)
  const { stderr } = await patiently(['list'], byNodes, EX.NOPERM)
  assert.match(stderr, /TLS: the server's certificate is for "localhost", not for "127\.0\.0\.1"/, 'as the seed names the node')
  await patiently(['list'], [...byNodes, '--redis-tls-server-name', 'localhost'])

  const next = new Authority(world, 'next')
  const server = next.issue('server')
  fs.writeFileSync(ca, fs.readFileSync(next.ca))
  for (const node of nodes) await node.config('SET', 'tls-cert-file', server.cert, 'tls-key-file', server.key)
  const count = event => logLines(daemon).filter(line => line.event === event).length
  daemon.kill('SIGHUP')
  await eventually('the reload is over', () => count('reload.done') === 1)
  const before = count('redis.up')
  for (const node of nodes) await node.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await eventually(() => `all connections are made anew: ${daemon.stderr.text.slice(-2000)}`, () => count('redis.up') >= before + 5)
  await areMade('pack-3', byNodes)
  assert.equal((await daemon.end()).code, 0)

  const other = await world.startDaemon({ ...cluster, 'redis.tls_ca': world.authority.ca }, { ready: false })
  await eventually(() => `the daemon says which node it does not trust: ${other.stderr.text}`, () => logLines(other).some(line => line.event === 'redis.down' &&
    new RegExp(`cluster node localhost:${world.tlsPort}: TLS: the server's certificate is signed by "next"`).test(line.error)))
}, async (_world, authority) => ({ server: authority.issue('server'), ca: authority.ca, more: await nodeArgs() })))

// ---- settings and command lines, without a Redis

const own = worldOfFile()
furnish(own)
fs.mkdirSync(own.store, { recursive: true })

const check = (more, options) => own.run(path.join(BUILD, 'packreportd'), ['--check-config', '--config', own.write('check.ini', own.settings({ 'redis.address': 'rediss://localhost',
  'credentials.path': own.path('credentials'), ...more }))], options)

test('certificates that cannot be used are said at the start', { skip: NO_TLS }, async t => {
  const authority = new Authority(own, 'authority')
  const { cert, key } = authority.issue('client')
  const other = authority.issue('other')
  own.write('credentials/key', fs.readFileSync(key))
  own.write('credentials/other', fs.readFileSync(other.key))
  own.write('credentials/no-key', 'geheim')
  own.write('empty/readme', '')
  const encrypted = spawnSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:x'], { encoding: 'utf8' })
  assert.equal(encrypted.status, 0, encrypted.stderr)
  own.write('credentials/encrypted', encrypted.stdout)
  own.write('hashed/ca.pem', fs.readFileSync(authority.ca))
  assert.equal(spawnSync('openssl', ['rehash', own.path('hashed')]).status, 0)

  await check({ 'redis.tls_ca': authority.ca, 'redis.tls_cert': cert, 'redis.tls_key': 'key' })
  await check({ 'redis.tls_ca': own.path('hashed') })
  for (const [what, more, message] of [
    ['no certificate', { 'redis.tls_ca': key }, /\[redis\]: tls_ca: .*client\.key cannot be read as certificates in PEM form/],
    ['no file', { 'redis.tls_ca': '/nonexistent' }, /\[redis\] tls_ca: \/nonexistent: No such file/],
    ['a folder without hashed names', { 'redis.tls_ca': own.path('empty') }, /\[redis\]: tls_ca: .*empty has no file with a hashed name.*; run "openssl rehash .*empty", or name a file/],
    ['no client certificate', { 'redis.tls_cert': key, 'redis.tls_key': 'key' }, /\[redis\]: tls_cert: .*client\.key cannot be used as a certificate/],
    ['the key of another', { 'redis.tls_cert': cert, 'redis.tls_key': 'other' }, /\[redis\]: tls_key: the key is not that of tls_cert/],
    ['no key', { 'redis.tls_cert': cert, 'redis.tls_key': 'no-key' }, /\[redis\]: tls_key: not a private key in PEM form/],
    ['an encrypted key', { 'redis.tls_cert': cert, 'redis.tls_key': 'encrypted' }, /\[redis\]: tls_key: the key is encrypted; one without a passphrase is needed/],
    ['a key that is not there', { 'redis.tls_cert': cert, 'redis.tls_key': 'gone' }, /\[redis\] tls_key: there is no readable file of this name in/],
    ['a certificate alone', { 'redis.tls_cert': cert }, /\[redis\] tls_cert: needs its private key in tls_key/],
    ['a key alone', { 'redis.tls_key': 'key' }, /\[redis\] tls_key: needs its certificate in tls_cert/],
    ['some of the Sentinels', { 'redis.address': '127.0.0.1:6379', 'redis.master_name': 'm', 'redis.sentinels': 'rediss://a, b' },
      /\[redis\] sentinels: "b": write rediss:\/\/ before all Sentinels, or before none/],
    ['some of the nodes', { 'redis.address': '127.0.0.1:6379', 'redis.cluster': 'rediss://a, b' },
      /\[redis\] cluster: "b": write rediss:\/\/ before all nodes, or before none/],
  ]) {
    await t.test(what, async () => {
      const { stderr } = await check(more, { status: EX.CONFIG })
      assert.match(stderr, message)
      assert.ok(!stderr.includes('geheim'))
    })
  }
})

test('what belongs to TLS is refused without it', async () => {
  const file = own.write('some.pem', '')
  for (const [key, value] of [['tls_ca', file], ['tls_cert', file], ['tls_key', 'key'], ['tls_server_name', 'name']]) {
    const { stderr } = await check({ 'redis.address': 'redis://localhost', [`redis.${key}`]: value }, { status: EX.CONFIG })
    assert.match(stderr, new RegExp(`\\[redis\\] ${key}: is of use with rediss:// only`))
  }
  const { stderr } = await own.run(PACKREPORT, ['list', '--redis', 'localhost', '--redis-tls-ca', file], { status: EX.USAGE })
  assert.match(stderr, /the --redis-tls options are for use with rediss:\/\/ in --redis or --cluster/)
  const nodes = await own.run(PACKREPORT, ['list', '--cluster', 'localhost', '--redis-tls-ca', file], { status: EX.USAGE })
  assert.match(nodes.stderr, /the --redis-tls options are for use with rediss:\/\/ in --redis or --cluster/)
  const settings = await check({ 'redis.address': '127.0.0.1:6379', 'redis.cluster': 'localhost', 'redis.tls_ca': file }, { status: EX.CONFIG })
  assert.match(settings.stderr, /\[redis\] tls_ca: is of use with rediss:\/\/ only/)
})

test('a build without TLS refuses rediss://, and says which has it', { skip: HAS_TLS ? 'this build has TLS to Redis' : false }, async () => {
  const message = /this build has no TLS to Redis, which takes hiredis 1\.1 or newer \(Debian 13 has it, Debian 12 has not\); use redis:\/\/, or a Unix socket to a local TLS tunnel/
  assert.match((await check({}, { status: EX.CONFIG })).stderr, message)
  assert.match((await check({ 'redis.address': '127.0.0.1:6379', 'redis.cluster': 'rediss://localhost' }, { status: EX.CONFIG })).stderr, message)
  for (const option of ['--redis', '--cluster']) {
    assert.match((await own.run(PACKREPORT, ['list', option, 'rediss://localhost'], { status: EX.USAGE })).stderr, message)
  }
})
