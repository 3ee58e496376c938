// SPDX-License-Identifier: MIT
//
// What jobs need and is away costs them time, not attempts: they wait, and are made when it is back. A pack that alone makes its
// service fail still uses up its attempts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import net from 'node:net'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'
import { mountSmallDisk, whyNoSmallDisk } from './lib/small_disk.mjs'
import { startMockSecMaster } from '../support/mock-secmaster.mjs'

const TOKEN = 'token-for-tests'
const OTHER = '100000000000002'
// Everything is quick, so that an outage of a second is long; `max_attempts` is less than by default.
const QUICK = {
  'worker.max_attempts': '2', 'worker.retry_base': '50ms', 'worker.retry_cap': '200ms', 'worker.sweep_interval': '100ms',
  'worker.breaker_base': '50ms', 'worker.breaker_cap': '200ms',
}
const SECMASTER = { ...QUICK, 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes', 'source.total_timeout': '8s' }
const PACKS = Array.from({ length: 20 }, (_, n) => `mock-ok--${n}`)
const NO_DISK = whyNoSmallDisk()

// The way to a service, which can be cut: then connections are refused.
async function startWay(world, to) {
  const sockets = new Set()
  const server = net.createServer(client => {
    const service = net.connect(to, '127.0.0.1')
    for (const socket of [client, service]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => { sockets.delete(socket); client.destroy(); service.destroy() })
    }
    client.pipe(service).pipe(client)
  })
  const open = port => new Promise(resolve => server.listen(port, '127.0.0.1', resolve))
  await open(0)
  const { port } = server.address()
  const cut = () => new Promise(resolve => {
    server.close(resolve)
    for (const socket of sockets) socket.destroy()
  })
  world.closers.push(() => cut())
  return { url: `http://127.0.0.1:${port}`, cut, mend: () => open(port) }
}

async function withUpstream(world, accounts = [ACCOUNT]) {
  furnish(world, { accounts })
  const mock = await startMockSecMaster({ token: TOKEN })
  world.closers.push(() => mock.stop())
  const ways = []
  for (const [n, account] of accounts.entries()) ways.push({ account, way: await startWay(world, mock.port), n })
  world.write('credentials/secmaster-token', `${TOKEN}\n`)
  world.write('accounts.json', { accounts: ways.map(({ account, way }) => ({
    AccountId: account, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001', base_url: way.url, credential: 'secmaster-token' })) })
  return { mock, ways: ways.map(({ way }) => way), settings: { ...SECMASTER, 'credentials.path': world.path('credentials') } }
}

const events = (daemon, event) => logLines(daemon).filter(line => line.event === event)
const dead = world => world.redis.zcard(world.key('dead'))

async function metrics(daemon) {
  const { address } = events(daemon, 'monitor.listening')[0]
  return (await fetch(`http://${address}/metrics`)).text()
}

for (const daemons of [1, 2]) {
  test(`an outage of the upstream: jobs of ${daemons} daemon(s) wait, and none dies`, inWorld(async world => {
    const { ways: [way], settings } = await withUpstream(world)
    const pool = []
    for (let n = 0; n < daemons; n++) pool.push(await world.startDaemon({ ...settings, 'monitor.listen': '127.0.0.1:0' }))
    await way.cut()
    for (const pack of PACKS) await world.submit({ pack })
    // Long enough for each to have died, if these were attempts.
    await eventually('all have waited more often than they may fail', () =>
      pool.reduce((sum, daemon) => sum + events(daemon, 'job.waits').length, 0) > PACKS.length * 4)
    for (const daemon of pool) {
      const [open] = events(daemon, 'breaker.open')
      assert.deepEqual([open.kind, open.name, open.level], ['upstream', way.url, 'warning'])
      assert.match(open.error, /^GET http.*connect|refused/i)
    }
    assert.match(await metrics(pool[0]), /^packreport_breakers_open\{kind="upstream"\} 1$/m)
    assert.equal(await dead(world), 0)
    const waiting = await world.report(PACKS[0])
    assert.equal(waiting.ReportStatus, 'CREATING')
    assert.ok(waiting.job.waits > 0 && waiting.job.attempts <= 1, JSON.stringify(waiting.job))
    await way.mend()
    for (const pack of PACKS) {
      const report = await world.reportEnds(pack)
      assert.equal(report.ReportStatus, 'COMPLETE', JSON.stringify(report))
    }
    assert.equal(await dead(world), 0)
    assert.ok(pool.every(daemon => events(daemon, 'job.dead').length === 0))
    assert.ok(pool.some(daemon => events(daemon, 'breaker.close').length > 0))
  }))
}

test('a job that waits for its upstream ends when its deadline passes', inWorld(async world => {
  const { ways: [way], settings } = await withUpstream(world)
  const daemon = await world.startDaemon(settings)
  await way.cut()
  await world.submit({ pack: 'mock-ok', Deadline: Date.now() + 2000 })
  await eventually('it waits', () => events(daemon, 'job.waits').length > 0)
  const report = await world.reportEnds('mock-ok')
  assert.deepEqual([report.ReportStatus, report.Code], ['FAILED', 'DeadlineExceeded'])
}))

test('an upstream that is away does not hold up the jobs of another', inWorld(async world => {
  const { ways: [away], settings } = await withUpstream(world, [ACCOUNT, OTHER])
  const daemon = await world.startDaemon({ ...settings, 'worker.max_jobs': '2' })
  await away.cut()
  for (const pack of PACKS) await world.submit({ pack })
  await eventually('it is away', () => events(daemon, 'breaker.open').length > 0)
  for (const pack of PACKS.slice(0, 5)) await world.submit({ account: OTHER, pack })
  for (const pack of PACKS.slice(0, 5)) {
    assert.equal((await world.reportEnds(pack, { account: OTHER })).ReportStatus, 'COMPLETE')
  }
  assert.equal(await dead(world), 0)
  assert.equal(await world.redis.hlen(world.key('jobs')), PACKS.length)
}))

test('a pack that alone makes its service fail becomes a dead letter', inWorld(async world => {
  const { settings } = await withUpstream(world)
  await world.startDaemon(settings)
  await world.answer(await world.submit({ pack: 'mock-500' }))
  let others = 0
  await eventually('it is dead', async () => {
    const pack = `mock-ok--${++others}`
    await world.answer(await world.submit({ pack }))
    assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE')
    return await dead(world) > 0
  })
  const report = await world.report('mock-500')
  assert.deepEqual([report.ReportStatus, report.Code], ['FAILED', 'ReportFailed.Fetch'])
}))

test('past outage_patience failures count', inWorld(async world => {
  const { ways: [way], settings } = await withUpstream(world)
  const daemon = await world.startDaemon({ ...settings, 'worker.outage_patience': '1s' })
  await way.cut()
  await world.submit({ pack: 'mock-ok' })
  const report = await world.reportEnds('mock-ok')
  assert.deepEqual([report.ReportStatus, report.Code], ['FAILED', 'ReportFailed.Fetch'])
  assert.ok(events(daemon, 'job.waits').length > 0, 'it has waited before')
  assert.equal(await dead(world), 1)
}))

// ---- stores

// About 1 MB of findings: more than the small disk has, while the check's small file fits.
function furnishLarge(world, packs) {
  furnish(world, { packs })
  world.write(`inventory/${ACCOUNT}.ndjson`, inventory(3000))
}

test('a store that is full beside a healthy worker: no dead letter', { skip: NO_DISK }, inWorld(async world => {
  const packs = Array.from({ length: 30 }, (_, n) => `pack-${n}`)
  furnishLarge(world, packs)
  const small = mountSmallDisk(world, 'small', '600k')
  const full = await world.startDaemon({ ...QUICK, 'store.path': small.folder })
  const fine = await world.startDaemon(QUICK)
  for (const pack of packs) await world.submit({ pack })
  for (const pack of packs) {
    const report = await world.reportEnds(pack)
    assert.equal(report.ReportStatus, 'COMPLETE', JSON.stringify(report))
    assert.ok(report.complete.location.startsWith(world.store), report.complete.location)
  }
  assert.equal(await dead(world), 0)
  assert.ok(events(fine, 'job.complete').length === packs.length)
  assert.ok(events(full, 'breaker.open').every(line => line.kind === 'store' && /No space left/.test(line.error)))
}))

test('a store that no report fits into: red, the job waits, and is made when there is room', { skip: NO_DISK }, inWorld(async world => {
  furnishLarge(world, ['pack-1'])
  const small = mountSmallDisk(world, 'small', '600k')
  const daemon = await world.startDaemon({ ...QUICK, 'store.path': small.folder, 'monitor.listen': '127.0.0.1:0' })
  const { address } = events(daemon, 'monitor.listening')[0]
  await world.submit({ pack: 'pack-1' })
  await eventually('more trials have failed than there are attempts', () => events(daemon, 'job.waits').length > 6)
  await eventually('red, and why', async () => {
    const answer = await fetch(`http://${address}/readyz`)
    return answer.status === 503 && /^store: .*No space left on device/.test(await answer.text())
  })
  assert.match(await metrics(daemon), /^packreport_breakers_open\{kind="store"\} 1$/m)
  assert.equal(events(daemon, 'daemon.ready').length, 1, 'no green between two trials')
  assert.equal((await world.report('pack-1')).ReportStatus, 'CREATING')
  small.resize('40m')
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  await eventually('green', async () => (await fetch(`http://${address}/readyz`)).status === 200)
  assert.equal(await dead(world), 0)
}))
