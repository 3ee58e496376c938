// SPDX-License-Identifier: MIT
//
// A queue on a Redis Cluster: its partitions lie on three masters. Failovers and slots that move under load lose nothing, and
// each request gets its one answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import path from 'node:path'
import { BUILD, eventually, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { inCluster, slotOf } from './lib/cluster.mjs'
import { ask, freePort } from './lib/sentinels.mjs'

const PARTITIONS = 8
// Of all partitions.
const ACCOUNTS = Array.from({ length: 12 }, (_, n) => String(100000000000001 + n))
const QUICK = { 'redis.command_timeout': '2s', 'redis.connect_timeout': '1s', 'queue.lease': '5s', 'worker.max_jobs': '4' }
const slots = Array.from({ length: PARTITIONS }, (_, n) => slotOf(n))

// Producers that go on until they are stopped: each account asks for one pack after another. Returns what was asked.
function load(world, packs) {
  const asked = []
  let isStopped = false
  const producers = ACCOUNTS.map(async account => {
    for (const pack of packs) {
      if (isStopped) return
      asked.push({ account, pack, id: await world.submit({ account, pack }) })
      await new Promise(resolve => setTimeout(resolve, 400))
    }
  })
  const all = Promise.all(producers)
  all.catch(() => {}) // a test that failed says why by itself
  return { asked, stop: async () => { isStopped = true; await all } }
}

async function allAreMade(world, asked, tail) {
  for (const { account, pack, id } of asked) {
    assert.equal((await world.answer(id, account)).Code, 'Accepted', `${pack} of ${account}`)
    await eventually(async () => `${pack} of ${account} is complete: ${JSON.stringify(await world.reportInRedis(account, pack))} ${tail()}`, async () =>
      (await world.reportInRedis(account, pack)).status === 'COMPLETE', { intervalMs: 100 })
    assert.equal(world.visibleReports(pack, account).length, 1, `${pack} of ${account} is there once`)
  }
  const doctor = await world.cli(['doctor', '--json'], { status: null })
  assert.deepEqual(JSON.parse(doctor.stdout).findings, [])
}

const packNames = count => Array.from({ length: count }, (_, n) => `pack-${n + 1}`)
const tailOf = daemons => () => daemons.map(daemon => daemon.stderr.text.split('\n').slice(-8).join('\n')).join('\n--\n')

test('partitions on three masters: reports are made in all, and the command line finds each', inCluster(PARTITIONS, async (world, cluster) => {
  furnish(world, { packs: ['pack-1', 'pack-2'], accounts: ACCOUNTS })
  const daemon = await world.startDaemon(QUICK)
  const masters = new Set()
  for (const slot of slots) masters.add((await cluster.masterOf(slot)).port)
  assert.equal(masters.size, 3, 'each master has a partition')
  const { asked, stop } = load(world, ['pack-1'])
  await stop()
  await allAreMade(world, asked, tailOf([daemon]))
  for (const account of ACCOUNTS.slice(0, 4)) {
    const made = JSON.parse((await world.cli(['generate', '--account', account, '--pack', 'pack-2', '--wait', '--json'])).stdout)
    assert.equal(made.report.ReportStatus, 'COMPLETE')
  }
  assert.equal(JSON.parse((await world.cli(['list', '--json'])).stdout).length, ACCOUNTS.length + 4)
  const byFile = await world.run(path.join(BUILD, 'packreport'), ['workers', '--config', daemon.config, '--json'])
  assert.equal(JSON.parse(byFile.stdout).length, 1)
  assert.equal((await daemon.end()).code, 0)
}))

test('a node of a cluster that is named as a server, and a server that is named as a cluster, are refused', inCluster(1, async (world, cluster) => {
  furnish(world)
  const alone = await world.startDaemon({ 'redis.address': `127.0.0.1:${cluster.ports[0]}`, 'redis.cluster': '' }, { ready: false })
  assert.equal((await alone.ended).code, 78)
  assert.match(alone.stderr.text, /is a node of a cluster, which is named otherwise/)
  const port = await cluster.startNode(await freePort())
  const wrong = await world.startDaemon({ 'redis.cluster': `127.0.0.1:${port}` }, { ready: false })
  await eventually('a node that serves no slot', () => logLines(wrong).some(line => line.event === 'redis.down' && /served by no node/.test(line.error)))
  const told = await world.run(path.join(BUILD, 'packreport'), ['list', '--redis', `127.0.0.1:${cluster.ports[0]}`], { status: 78 })
  assert.match(told.stderr, /--cluster/)
}))

test('CLUSTER FAILOVER of every master under load: nothing is lost, each request is answered once', inCluster(PARTITIONS, async (world, cluster) => {
  const packs = packNames(30)
  furnish(world, { packs, accounts: ACCOUNTS })
  const daemons = [await world.startDaemon(QUICK), await world.startDaemon(QUICK)]
  const { asked, stop } = load(world, packs)
  for (const master of (await cluster.table()).filter(node => node.isMaster)) {
    const replica = await cluster.replicaOf(master)
    assert.equal(await ask(replica.port, 'CLUSTER', 'FAILOVER'), 'OK')
    await eventually(`${replica.port} is the master`, async () => /role:master/.test(await ask(replica.port, 'INFO', 'replication') ?? ''), { intervalMs: 50 })
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  await stop()
  await allAreMade(world, asked, tailOf(daemons))
  for (const daemon of daemons) assert.ok(daemon.isRunning)
}))

test('SIGKILL of a master under load: the replica takes over, and the others are not held up', inCluster(PARTITIONS, async (world, cluster) => {
  const packs = packNames(60)
  furnish(world, { packs, accounts: ACCOUNTS })
  const settings = { ...QUICK, 'redis.wait_replicas': '1', 'redis.wait_timeout': '250ms' }
  const daemons = [await world.startDaemon(settings), await world.startDaemon(settings)]
  const { asked, stop } = load(world, packs)
  await eventually('reports are being made', () => asked.length > 2 * ACCOUNTS.length)
  const master = await cluster.masterOf(slots[1])
  // What a producer was told and what was answered is on the replica before the master goes.
  await stop()
  for (const { account, id } of asked) await world.answer(id, account)
  await eventually('the replica is in step', async () => await ask(master.port, 'WAIT', '1', '1000') === 1)
  await cluster.nodes.get(master.port).end('SIGKILL')
  const more = load(world, packNames(60).slice(40))
  await eventually('the replica has taken over', async () => {
    const now = await cluster.masterOf(slots[1])
    return now && now.port !== master.port
  }, { intervalMs: 100 })
  await new Promise(resolve => setTimeout(resolve, 500))
  await more.stop()
  const known = new Set(asked.map(({ account, pack }) => `${account} ${pack}`))
  await allAreMade(world, [...asked, ...more.asked.filter(({ account, pack }) => !known.has(`${account} ${pack}`))], tailOf(daemons))
  for (const daemon of daemons) {
    assert.ok(daemon.isRunning)
    await eventually('it is ready again', () => logLines(daemon).filter(line => /^daemon\.(not_)?ready$/.test(line.event)).at(-1).event === 'daemon.ready')
  }
}))

test('slots that move under load, and stay half moved for a while, lose nothing', inCluster(PARTITIONS, async (world, cluster) => {
  const packs = packNames(200)
  furnish(world, { packs: [...packs, 'pack-last'], accounts: ACCOUNTS })
  const daemons = [await world.startDaemon(QUICK), await world.startDaemon(QUICK)]
  const { asked, stop } = load(world, packs)
  await eventually('reports are being made', () => asked.length > ACCOUNTS.length)
  for (const slot of slots) {
    const { to } = await cluster.moveSlot(slot, 1000)
    assert.equal((await cluster.masterOf(slot)).port, to.port)
  }
  await stop()
  for (const account of ACCOUNTS) asked.push({ account, pack: 'pack-last', id: await world.submit({ account, pack: 'pack-last' }) })
  await allAreMade(world, asked, tailOf(daemons))
  for (const slot of slots) assert.equal(await cluster.scatteredKeys(slot), 1, `slot ${slot} is on one node`)
}))

test('redis-cli --cluster reshard under load loses nothing', inCluster(PARTITIONS, async (world, cluster) => {
  const packs = packNames(200)
  furnish(world, { packs, accounts: ACCOUNTS })
  const daemons = [await world.startDaemon(QUICK), await world.startDaemon(QUICK)]
  const { asked, stop } = load(world, packs)
  await eventually('reports are being made', () => asked.length > ACCOUNTS.length)
  const [first, second] = (await cluster.table()).filter(node => node.isMaster)
  // Enough to take a partition along.
  await world.run('redis-cli', ['--cluster', 'reshard', `127.0.0.1:${first.port}`, '--cluster-from', first.id, '--cluster-to', second.id,
    '--cluster-slots', '3000', '--cluster-yes', '--cluster-pipeline', '100'])
  await stop()
  await allAreMade(world, asked, tailOf(daemons))
}))
