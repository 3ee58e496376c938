// SPDX-License-Identifier: MIT
//
// TLS at the front door: who is believed, which versions are spoken, and what a new certificate, a wrong one or plain HTTP does.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import https from 'node:https'
import { test } from 'node:test'
import tls from 'node:tls'
import { ACCOUNT, DEADLINE_MS, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { VERSION, addressOf, form, sendBytes, signedDoor, signedV3 } from './lib/door.mjs'
import { Authority } from './lib/tls.mjs'

const portOf = address => Number(address.slice(address.lastIndexOf(':') + 1))
const query = form({ Action: 'GetCompliancePackReport', Version: VERSION, AccountId: ACCOUNT, CompliancePackId: 'pack-1' })

// Puts a certificate and its key where the settings of `tlsDoor` say.
function install(world, { cert, key }) {
  world.write('door.pem', fs.readFileSync(cert))
  world.writePrivate('credentials/door-key', fs.readFileSync(key))
}

function tlsDoor(world, pair) {
  furnish(world, { packs: ['pack-1'] })
  install(world, pair)
  return { 'api.listen': '127.0.0.1:0', 'api.tls_certificate': world.path('door.pem'), 'api.tls_credential': 'door-key',
    'credentials.path': world.path('credentials') }
}

const ca = authority => fs.readFileSync(authority.ca)

// A connection whose handshake is through.
function connect(address, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: portOf(address), timeout: DEADLINE_MS, ...options }, () => resolve(socket))
    socket.on('error', reject)
    socket.on('timeout', () => reject(new Error('no handshake in time')))
  })
}

// One request on a connection that stays; its status.
async function askOn(socket, pieces = [`GET /?${query} HTTP/1.1\r\nHost: h\r\n\r\n`]) {
  let text = ''
  const take = chunk => { text += chunk }
  socket.on('data', take)
  for (const piece of pieces) {
    if (typeof piece === 'function') await piece()
    else socket.write(piece)
  }
  await eventually(() => `an answer on the connection: ${text}`, () => {
    const head = /^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n/.exec(text)
    const length = head && Number(/content-length: (\d+)/i.exec(head[0])[1])
    return head && text.length >= head[0].length + length
  })
  socket.off('data', take)
  return Number(text.slice(9, 12))
}

function ask(address, options, { method = 'GET', path = `/?${query}`, headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', port: portOf(address), method, path, headers, agent: false, ...options }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => { text += chunk })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function fingerprint(address, options) {
  const socket = await connect(address, options)
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test('clients that know the authority are served, with TLS 1.2 and 1.3; others see that it is not to be trusted', inWorld(async world => {
  const authority = new Authority(world, 'ca')
  const stranger = new Authority(world, 'stranger')
  const daemon = await world.startDaemon({ ...tlsDoor(world, authority.issue('door')), ...signedDoor(world) })
  const address = await addressOf(daemon)
  assert.equal(logLines(daemon).find(line => line.event === 'api.listening').tls, 1)
  const signed = () => signedV3({ action: 'GetCompliancePackReport', query: { CompliancePackId: 'pack-1' }, host: address })
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const options = { ca: ca(authority), minVersion: version, maxVersion: version }
    const answer = await ask(address, options, signed())
    assert.equal(answer.status, 200, answer.text)
    const socket = await connect(address, options)
    assert.equal(socket.getProtocol(), version)
    socket.destroy()
  }
  await assert.rejects(ask(address, { ca: ca(stranger) }, signed()), /unable to verify|self-signed|unable to get/)
  await assert.rejects(ask(address, { ca: ca(authority), servername: 'other.example' }, signed()), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}))

test('what is older than TLS 1.2 is refused', inWorld(async world => {
  const authority = new Authority(world, 'ca')
  const pair = authority.issue('door')
  const old = { ca: ca(authority), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  // The client does speak it, with whoever answers.
  const willing = tls.createServer({ key: fs.readFileSync(pair.key), cert: fs.readFileSync(pair.cert), minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
  await new Promise(resolve => willing.listen(0, '127.0.0.1', resolve))
  const spoken = await connect(`127.0.0.1:${willing.address().port}`, old)
  assert.equal(spoken.getProtocol(), 'TLSv1.1')
  spoken.destroy()
  willing.close()
  const address = await addressOf(await world.startDaemon(tlsDoor(world, pair)))
  await assert.rejects(connect(address, old), /protocol version|alert|ECONNRESET|disconnected/)
  assert.equal((await ask(address, { ca: ca(authority) })).status, 200)
}))

test('plain HTTP to the TLS port gets no answer, and disturbs nobody', inWorld(async world => {
  const authority = new Authority(world, 'ca')
  const address = await addressOf(await world.startDaemon(tlsDoor(world, authority.issue('door'))))
  const socket = await connect(address, { ca: ca(authority) })
  for (const bytes of [`GET /?${query} HTTP/1.1\r\nHost: h\r\n\r\n`, '\r\n\r\n\r\n\r\n\r\n', Buffer.alloc(300, 0xff)]) {
    const plain = await sendBytes(address, bytes)
    assert.ok(plain.isClosed)
    assert.doesNotMatch(plain.text, /HTTP|Report/)
  }
  assert.equal(await askOn(socket), 200)
  socket.destroy()
}))

test('SIGHUP brings a new certificate; connections that stand, and a request that is half sent, go on', inWorld(async world => {
  const [first, second] = ['first', 'second'].map(name => new Authority(world, name))
  const daemon = await world.startDaemon(tlsDoor(world, first.issue('door')))
  const address = await addressOf(daemon)
  const standing = await connect(address, { ca: ca(first) })
  const half = await connect(address, { ca: ca(first) })
  assert.equal(await askOn(standing), 200)
  const reload = async () => {
    install(world, second.issue('door'))
    daemon.kill('SIGHUP')
    await eventually('the new certificate is there', () => fingerprint(address, { ca: ca(second) }).then(() => true, () => false))
  }
  assert.equal(await askOn(half, [`GET /?${query} HTTP/1.1\r\nHo`, reload, 'st: h\r\n\r\n']), 200)
  for (let n = 0; n < 3; n++) assert.equal(await askOn(standing), 200)
  await assert.rejects(ask(address, { ca: ca(first) }), /unable to verify|self-signed|unable to get/)
  assert.equal((await ask(address, { ca: ca(second) })).status, 200)
  assert.ok(!logLines(daemon).some(line => line.event === 'reload.certificate_failed'))
  standing.destroy()
  half.destroy()
}))

test('SIGHUP and SIGTERM right behind it: the daemon drains and ends in order', inWorld(async world => {
  const authority = new Authority(world, 'ca')
  const settings = { ...tlsDoor(world, authority.issue('door')), 'drill.step': 'bind', 'drill.stall': '2s' }
  // Of two signals that wait for a busy process it hears the later one first, and a daemon that drains reloads nothing.
  let wasReloaded = false
  for (let round = 1; !wasReloaded && round <= 10; round++) {
    const daemon = await world.startDaemon(settings)
    // While this runs, the drain waits, and the reload ends in the middle of it.
    await world.submit({ pack: 'pack-1' })
    await eventually('the job runs', () => world.redis.zcard(world.key('running', ACCOUNT)))
    daemon.kill('SIGHUP')
    daemon.kill('SIGTERM')
    const { code, signal } = await daemon.ended
    assert.equal(code, 0, `${signal}: ${daemon.stderr.text}`)
    assert.equal((await world.report('pack-1')).ReportStatus, 'COMPLETE')
    wasReloaded = logLines(daemon).some(line => line.event === 'reload.done')
  }
  assert.ok(wasReloaded)
}))

const WRONG = [
  ['a key of another certificate', world => world.writePrivate('credentials/door-key', fs.readFileSync(new Authority(world, 'other').issue('x').key)),
    /door\.pem.*door-key.*do(es)? not belong/],
  ['a key that is none', world => world.writePrivate('credentials/door-key', 'no key\n'), /door-key.*no private key/],
  ['a certificate that is none', world => world.write('door.pem', 'no certificate\n'), /door\.pem.*no certificate/],
  ['a certificate that is not there', world => fs.rmSync(world.path('door.pem')), /door\.pem/],
  ['a key that is not there', world => fs.rmSync(world.path('credentials/door-key')), /door-key|\[api\] tls_credential: there is no readable file of this name/],
]

for (const [what, spoil, message] of WRONG) {
  test(`${what}: no start`, inWorld(async world => {
    const settings = tlsDoor(world, new Authority(world, 'ca').issue('door'))
    spoil(world)
    const daemon = await world.startDaemon(settings, { ready: false })
    assert.equal((await daemon.ended).code, 78, daemon.stderr.text)
    const said = daemon.stderr.text.split('\n').filter(line => line && !/"level":"(info|debug)"/.test(line))
    assert.equal(said.length, 1, daemon.stderr.text)
    assert.match(said[0], message)
    assert.doesNotMatch(said[0], /BEGIN|PRIVATE/)
  }))

  test(`${what}: at a reload the old one stays`, inWorld(async world => {
    const authority = new Authority(world, 'ca')
    const daemon = await world.startDaemon(tlsDoor(world, authority.issue('door')))
    const address = await addressOf(daemon)
    const before = await fingerprint(address, { ca: ca(authority) })
    spoil(world)
    daemon.kill('SIGHUP')
    const failed = await eventually('it is said', () => logLines(daemon).find(line => line.event === 'reload.certificate_failed'))
    assert.match(failed.error, message)
    // A file that the settings name and that is not there keeps the rest from being read again, which is said as well.
    const isGone = ['door.pem', 'credentials/door-key'].some(name => !fs.existsSync(world.path(name)))
    await eventually('the reload is through', () => logLines(daemon).some(line => line.event === (isGone ? 'reload.failed' : 'reload.done')))
    const errors = logLines(daemon).filter(line => line.level === 'error').map(line => line.event).sort()
    assert.deepEqual(errors, isGone ? ['reload.certificate_failed', 'reload.failed'] : ['reload.certificate_failed'])
    assert.equal(await fingerprint(address, { ca: ca(authority) }), before)
    // As soon as it is right again, it counts.
    install(world, authority.issue('again'))
    daemon.kill('SIGHUP')
    await eventually('the new one is there', async () => await fingerprint(address, { ca: ca(authority) }) !== before)
  }))
}
