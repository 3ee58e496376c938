// SPDX-License-Identifier: MIT
//
// A queue whose master is kept by Sentinel: daemons and the command line follow a failover by themselves, nothing that a replica
// had is lost, and an old master that comes back is not written to.
import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import path from 'node:path'
import { ACCOUNT, BUILD, World, eventually, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { SentinelWorld, ask, freePort } from './lib/sentinels.mjs'

const QUICK = { 'queue.lease': '2s', 'redis.command_timeout': '1s', 'redis.connect_timeout': '1s' }
const READINESS = new Set(['daemon.ready', 'daemon.not_ready'])

function inSentinelWorld(body) {
  return async t => {
    const world = new World()
    try {
      const sentinels = new SentinelWorld(world)
      const master = await sentinels.start()
      sentinels.connect()
      await body(world, sentinels, master, t)
    } finally {
      await world.end()
    }
  }
}

const readiness = daemon => logLines(daemon).filter(line => READINESS.has(line.event)).at(-1)
const isReady = daemon => readiness(daemon)?.event === 'daemon.ready'

async function complete(world, daemon, pack) {
  return eventually(() => `${pack} is complete: ${daemon.stderr.text.split('\n').slice(-10).join('\n')}`, async () =>
    (await world.reportInRedis(ACCOUNT, pack)).status === 'COMPLETE')
}

test('SIGKILL of the master: jobs go on after the failover, and nothing accepted is lost', inSentinelWorld(async (world, sentinels, master) => {
  const packs = Array.from({ length: 30 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs })
  // Slow enough that there are jobs in every state when the master goes.
  const daemon = await world.startDaemon({ ...QUICK, ...sentinels.settings(), 'worker.max_jobs': '2', 'drill.step': 'store', 'drill.stall': '200ms',
    'redis.wait_replicas': '2', 'redis.wait_timeout': '250ms' })
  const ids = []
  for (const id of packs) ids.push(await world.submit({ pack: id }))
  for (const id of ids) assert.equal((await world.answer(id)).Code, 'Accepted')
  await eventually('both replicas have all of that', async () => await world.redis.wait(2, 1000) === 2)
  assert.ok(await world.redis.hlen(world.key('jobs')) > 0, 'jobs wait')

  const tooFew = () => logLines(daemon).some(line => line.event === 'queue.too_few_replicas')
  assert.ok(!tooFew(), 'two replicas are there')

  const killedAt = Date.now()
  await sentinels.nodes.get(master).end('SIGKILL')
  await eventually('readiness is red', () => readiness(daemon).event === 'daemon.not_ready')
  assert.ok(Date.parse(readiness(daemon).time) - killedAt < 5000, `red at ${readiness(daemon).time}`)
  const fresh = await eventually('there is a new master', () => sentinels.writableMaster(master), { intervalMs: 50 })
  const writableAt = Date.now()
  await eventually('readiness is green again', () => isReady(daemon))
  const greenMs = Date.parse(readiness(daemon).time) - writableAt
  assert.ok(greenMs < 5000, `green ${greenMs} ms after the new master`)

  for (const id of packs) await complete(world, daemon, id)
  for (const id of packs) assert.equal(world.visibleReports(id).length, 1, id)
  assert.ok(daemon.isRunning)
  assert.ok(tooFew(), 'one replica is left')

  // The old one comes back, as a replica of the new one; nothing but replication reaches it.
  await sentinels.startNode(master)
  await eventually('it is a replica', async () => /role:slave[^]*master_link_status:up/.test(await ask(master, 'INFO', 'replication') ?? ''))
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
  await complete(world, daemon, 'pack-1')
  const clients = await ask(master, 'CLIENT', 'LIST')
  assert.ok(!clients.includes('packreportd'), clients)
  await eventually('it reads at the new master', async () => (await ask(fresh, 'CLIENT', 'LIST')).includes('packreportd-blocking'))
  await daemon.end()
}))

test('a failover in order: both connections move, and the command line finds the master by the same file', inSentinelWorld(async (world, sentinels, master) => {
  furnish(world)
  const daemon = await world.startDaemon({ ...QUICK, ...sentinels.settings() })
  const cli = (...args) => world.run(path.join(BUILD, 'packreport'), [args[0], '--config', daemon.config, ...args.slice(1)])
  const before = JSON.parse((await cli('generate', '--account', ACCOUNT, '--pack', 'pack-1', '--wait', '--json')).stdout)
  assert.equal(before.report.ReportStatus, 'COMPLETE')
  // A password of an operator's own, for the master that the Sentinels of the settings name.
  await ask(master, 'ACL', 'SETUSER', 'operator', 'on', '>right', '~*', '&*', '+@all')
  const as = password => ['--redis-user', 'operator', '--redis-credential', world.writePrivate('password', password)]
  assert.match((await cli('list', ...as('right'))).stdout, /pack-1/)
  await assert.rejects(cli('list', ...as('wrong')), /WRONGPASS/)
  assert.equal(await ask(sentinels.sentinels[0], 'SENTINEL', 'FAILOVER', 'main'), 'OK')
  const fresh = await eventually('there is a new master', () => sentinels.writableMaster(master), { intervalMs: 50 })
  await eventually('both connections are there', async () =>
    /packreportd-command[^]*packreportd-blocking|packreportd-blocking[^]*packreportd-command/.test(await ask(fresh, 'CLIENT', 'LIST') ?? ''))
  await eventually('and not on the old master', async () => !(await ask(master, 'CLIENT', 'LIST') ?? 'packreportd').includes('packreportd'))
  const after = JSON.parse((await cli('generate', '--account', ACCOUNT, '--pack', 'pack-1', '--wait', '--json')).stdout)
  assert.equal(after.report.ReportStatus, 'COMPLETE')
  assert.notEqual(after.report.ReportId, before.report.ReportId)
  await daemon.end()
}))

// Cut off from Sentinel and not from the daemon, an old master hears of nothing: nobody ends the connections that lead to it.
test('an old master that does not know that it was replaced: every connection leaves it, that for word from operators, too', async () => {
  const world = new World()
  try {
    furnish(world)
    const masters = new SentinelWorld(world, { nodeArgs: ['--min-replicas-to-write', '0'] })
    const old = await masters.startNode(await freePort())
    const fresh = await masters.startNode(await freePort())
    let named = old
    const sentinel = net.createServer(client => {
      client.on('error', () => {})
      client.on('data', () => client.write(`*2\r\n$9\r\n127.0.0.1\r\n$${String(named).length}\r\n${named}\r\n`))
      world.closers.push(() => client.destroy())
    })
    await new Promise(resolve => sentinel.listen(0, '127.0.0.1', resolve))
    world.closers.push(() => sentinel.close())
    const daemon = await world.startDaemon({ ...QUICK, 'redis.address': '127.0.0.1:6379', 'redis.master_name': 'main',
      'redis.sentinels': `127.0.0.1:${sentinel.address().port}` })
    const roles = async port => [...(await ask(port, 'CLIENT', 'LIST')).matchAll(/ name=packreportd-(\w+)/g)].map(match => match[1]).sort()
    await eventually('all are there', async () => (await roles(old)).length === 3)
    named = fresh
    await eventually('the command connection has moved', async () => (await roles(fresh)).includes('command'))
    await eventually('the others as well', async () => (await roles(fresh)).join() === 'blocking,command,control')
    assert.deepEqual(await roles(old), [])
    await daemon.end()
  } finally {
    await world.end()
  }
})

test('no Sentinel answers, or none knows the master: the daemon says so, and goes on asking', inSentinelWorld(async (world, sentinels) => {
  furnish(world)
  const settings = sentinels.settings()
  const daemon = await world.startDaemon({ ...settings, 'redis.sentinels': '127.0.0.1:1, 127.0.0.1:2' }, { ready: false })
  await eventually('it says so', () => logLines(daemon).some(line => line.event === 'redis.down' && /none of 2 Sentinels names the master "main"/.test(line.error)))
  assert.ok(daemon.isRunning)
  await daemon.end()
  const wrong = await world.startDaemon({ ...settings, 'redis.master_name': 'other' }, { ready: false })
  await eventually('it says so', () => logLines(wrong).some(line => line.event === 'redis.down' && /it knows no master named "other"/.test(line.error)))
  await wrong.end()
  const told = await world.run(path.join(BUILD, 'packreport'), ['status', '--config', wrong.config, '--account', ACCOUNT, '--pack', 'pack-1'], { status: 69 })
  assert.match(told.stderr, /it knows no master named "other"/)
}))

test('a claim that a failover lost: whoever wakes up with it does not touch the files of who has the job now', inSentinelWorld(async (world, sentinels, master) => {
  furnish(world)
  const settings = { ...QUICK, ...sentinels.settings(), 'worker.max_jobs': '1' }
  const first = await world.startDaemon({ ...settings, 'drill.step': 'render', 'drill.stall': '2s' })
  const cli = (...args) => world.run(path.join(BUILD, 'packreport'), [args[0], '--config', first.config, ...args.slice(1)])
  await cli('pause', '--all')
  const { ReportId } = await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('both replicas have all of that', async () => await world.redis.wait(2, 1000) === 2)

  // From here on the master writes for itself only, as one behind a partition without min-replicas-to-write.
  assert.equal(await ask(master, 'CONFIG', 'SET', 'min-replicas-to-write', '0'), 'OK')
  const replicas = [...sentinels.nodes].filter(([port]) => port !== master).map(([, node]) => node)
  for (const replica of replicas) replica.kill('SIGSTOP')
  assert.equal(await ask(master, 'CLIENT', 'KILL', 'TYPE', 'replica'), 2)
  await cli('resume', '--all')
  const stalled = daemon => logLines(daemon).find(line => line.event === 'job.step' && line.to === 'stall')
  const { fence } = await eventually('the first daemon has the job', () => stalled(first))
  first.kill('SIGSTOP')
  await sentinels.nodes.get(master).end('SIGKILL')
  for (const replica of replicas) replica.kill('SIGCONT')
  await eventually('there is a new master', () => sentinels.writableMaster(master), { intervalMs: 50 })

  const second = await world.startDaemon(settings)
  await cli('resume', '--all')
  await complete(world, second, 'pack-1')
  first.kill('SIGCONT')
  await eventually('the first one has given the job up', () => logLines(first).some(line => line.event === 'job.step' && line.to === 'end'))
  const [report, ...more] = world.visibleReports('pack-1')
  assert.deepEqual(more, [])
  assert.equal(report?.report, ReportId)
  assert.equal((await world.reportInRedis(ACCOUNT, 'pack-1')).location, report.folder)
  assert.ok(Number(report.fence) > Number(fence), `${report.fence} after ${fence}, which nobody knows any more`)
  for (const daemon of [first, second]) await daemon.end()
}))
