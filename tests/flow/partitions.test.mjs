// SPDX-License-Identifier: MIT
//
// A queue of several partitions on one Redis: each account's requests are made in the account's own partition, the command
// line finds them without being told the number, and no partition holds up the others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, eventually, inWorld, logLines, partitionOf } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

// One account in each of four partitions: the known answers of docs/redis.md.
const ACCOUNTS = ['100000000000001', '100000000000004', '100000000000003', '100000000000002']

const inPartitions = (partitions, body) => inWorld(body, world => { world.partitions = partitions })

async function complete(world, account, pack) {
  await eventually(`${pack} of ${account} is complete`, async () =>
    (await world.reportInRedis(account, pack)).status === 'COMPLETE')
}

test('the accounts of this file are of one partition each', () => {
  assert.deepEqual(ACCOUNTS.map(account => partitionOf(account, 4)), [0, 1, 2, 3])
})

test('requests of all partitions are answered and made, by a producer and by the command line', inPartitions(4, async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'], accounts: ACCOUNTS })
  const daemon = await world.startDaemon()
  for (const account of ACCOUNTS) {
    const id = await world.submit({ account, pack: 'pack-1' })
    assert.equal((await world.answer(id, account)).Code, 'Accepted')
    const made = JSON.parse((await world.cli(['generate', '--account', account, '--pack', 'pack-2', '--wait', '--json'])).stdout)
    assert.equal(made.report.ReportStatus, 'COMPLETE')
  }
  for (const account of ACCOUNTS) {
    await complete(world, account, 'pack-1')
    assert.equal((await world.report('pack-1', account)).ReportStatus, 'COMPLETE')
    assert.equal(world.visibleReports('pack-1', account).length, 1)
  }
  const listed = JSON.parse((await world.cli(['list', '--json'])).stdout)
  assert.deepEqual(listed.map(report => `${report.AccountId} ${report.CompliancePackId}`),
    [...ACCOUNTS].sort().flatMap(account => [`${account} pack-1`, `${account} pack-2`]))
  const one = JSON.parse((await world.cli(['list', '--account', ACCOUNTS[3], '--json'])).stdout)
  assert.equal(one.length, 2)
  const workers = JSON.parse((await world.cli(['workers', '--json'], { status: null })).stdout)
  assert.equal(workers.length, 1, 'one daemon is one worker')
  await world.cli(['doctor'])
  assert.equal((await daemon.end()).code, 0)
}))

test('a request in the stream of another partition is refused with the name of the right one', inPartitions(4, async world => {
  furnish(world, { accounts: ACCOUNTS })
  await world.startDaemon()
  await world.redis.xadd('packreport:{0}:requests', '*', 'AccountId', ACCOUNTS[3], 'CompliancePackId', 'pack-1', 'RequestId', 'astray')
  const answer = await world.answer('astray', ACCOUNTS[0])
  assert.equal(answer.Code, 'InvalidParameter')
  assert.match(answer.Message, /belongs to partition 3 of 4: its requests go to packreport:\{3\}:requests/)
}))

test('another number of partitions than the one in Redis: the daemon does not start', inPartitions(4, async world => {
  furnish(world)
  await (await world.startDaemon()).end()
  const keys = (await world.redis.keys('*')).sort()
  const wrong = await world.startDaemon({ 'queue.partitions': '2' }, { ready: false })
  assert.equal((await wrong.ended).code, 78)
  assert.ok(logLines(wrong).some(line => line.event === 'redis.unusable' && /a queue of 4 partitions, and the settings say 2/.test(line.error)), wrong.stderr.text)
  assert.deepEqual((await world.redis.keys('*')).sort(), keys)
}))

test('a backlog in one partition does not hold up the others: slots go round', inPartitions(4, async world => {
  const packs = Array.from({ length: 24 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs, accounts: ACCOUNTS })
  await world.startDaemon({ 'worker.max_jobs': '2', 'drill.step': 'store', 'drill.stall': '500ms' })
  const ids = []
  for (const pack of packs) ids.push(await world.submit({ account: ACCOUNTS[0], pack }))
  for (const id of ids) await world.answer(id, ACCOUNTS[0])
  for (const account of ACCOUNTS.slice(1)) await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
  for (const account of ACCOUNTS.slice(1)) await complete(world, account, 'pack-1')
  const waiting = await world.redis.zcard('packreport:{0}:ready')
  assert.ok(waiting >= 8, `${waiting} jobs of the backlog wait still`)
  for (const pack of packs) await complete(world, ACCOUNTS[0], pack)
}))

test('a cancel in any partition reaches the worker at once, by pack and by ReportId', inPartitions(4, async world => {
  furnish(world, { packs: ['pack-1'], accounts: ACCOUNTS })
  // Renewals alone would tell of it after a second.
  await world.startDaemon({ 'drill.step': 'evaluate', 'drill.stall': '60s', 'queue.lease': '30s' })
  for (const [n, account] of ACCOUNTS.entries()) {
    const { ReportId } = await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
    await eventually('it runs', () => world.redis.zscore(world.key('running', account), ReportId))
    const begin = Date.now()
    const name = n % 2 ? ['--report-id', ReportId] : ['--account', account, '--pack', 'pack-1']
    const told = JSON.parse((await world.cli(['cancel', ...name, '--json'])).stdout)
    assert.equal(told.result, 'cancelled', `after ${Date.now() - begin} ms`)
    assert.equal((await world.reportInRedis(account, 'pack-1')).status, 'CANCELLED')
  }
  const none = await world.cli(['cancel', '--report-id', 'rp-none', '--json'], { status: 1 })
  assert.equal(JSON.parse(none.stdout).result, 'unknown')
}))

test('dead letters of all partitions are listed, the youngest first, shown, retried and dropped', inPartitions(4, async world => {
  furnish(world, { packs: ['pack-1'], accounts: ACCOUNTS })
  const folder = world.path('store-that-is-none')
  await world.startDaemon({ 'worker.max_attempts': '1', 'worker.breaker_threshold': '0', 'drill.step': 'store', 'drill.stall': '0ms', 'store.path': folder })
  fs.rmSync(folder, { recursive: true, force: true })
  fs.writeFileSync(folder, '') // every attempt fails to store
  const ids = new Map()
  for (const account of ACCOUNTS) {
    const { ReportId } = await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
    ids.set(account, ReportId)
    await eventually('it is dead', () => world.redis.zscore(world.key('dead', account), ReportId))
  }
  const list = async () => JSON.parse((await world.cli(['dead', 'list', '--json'])).stdout).map(letter => letter.ReportId)
  assert.deepEqual(await list(), [...ACCOUNTS].reverse().map(account => ids.get(account)))
  const shown = JSON.parse((await world.cli(['dead', 'show', ids.get(ACCOUNTS[2]), '--json'])).stdout)
  assert.equal(shown.account_id, ACCOUNTS[2])
  await world.cli(['dead', 'drop', ids.get(ACCOUNTS[3])])
  await world.cli(['dead', 'drop', ids.get(ACCOUNTS[3])], { status: 1 })
  assert.equal((await list()).length, 3)
  await world.cli(['dead', 'drop', '--all'])
  assert.equal((await list()).length, 0)
}))

test('pause and resume of everything hold in all partitions, of an account in its own', inPartitions(4, async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'], accounts: ACCOUNTS })
  await world.startDaemon()
  await world.cli(['pause', '--all'])
  await world.cli(['pause', '--account', ACCOUNTS[2]])
  const paused = JSON.parse((await world.cli(['pause', '--list', '--json'])).stdout)
  assert.deepEqual(paused.map(({ everything, AccountId }) => everything ?? AccountId).sort(), [ACCOUNTS[2], true])
  for (const account of ACCOUNTS) {
    await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
    assert.equal((await world.report('pack-1', account)).ReportStatus, 'CREATING')
  }
  await world.cli(['resume', '--all'])
  for (const account of ACCOUNTS.filter(other => other !== ACCOUNTS[2])) await complete(world, account, 'pack-1')
  assert.equal((await world.report('pack-1', ACCOUNTS[2])).ReportStatus, 'CREATING')
  await world.cli(['resume', '--account', ACCOUNTS[2]])
  await complete(world, ACCOUNTS[2], 'pack-1')
}))

test('a daemon that drains hands back what runs in every partition; kill -9: the next one makes it', inPartitions(4, async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'], accounts: ACCOUNTS })
  const slow = { 'drill.step': 'store', 'drill.stall': '30s', 'queue.lease': '2s', 'redis.command_timeout': '1s' }
  const first = await world.startDaemon({ ...slow, 'worker.drain_timeout': '0s' })
  for (const account of ACCOUNTS) await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
  for (const account of ACCOUNTS) await eventually('it runs', () => world.redis.zcard(world.key('running', account)))
  assert.equal((await first.end()).code, 0)
  for (const account of ACCOUNTS) assert.equal(await world.redis.zcard(world.key('ready', account)), 1)
  const second = await world.startDaemon(slow)
  for (const account of ACCOUNTS) await eventually('it runs', () => world.redis.zcard(world.key('running', account)))
  await second.end('SIGKILL')
  await world.startDaemon({ 'queue.lease': '2s', 'redis.command_timeout': '1s' })
  for (const account of ACCOUNTS) {
    await complete(world, account, 'pack-1')
    assert.equal(world.visibleReports('pack-1', account).length, 1)
  }
  await world.cli(['doctor'])
}))

test('the command line finds the number of partitions in Redis; before any daemon, in the settings', inPartitions(4, async world => {
  furnish(world, { accounts: ACCOUNTS })
  const file = world.write('before.ini', world.settings())
  const early = world.start(path.join(BUILD, 'packreport'), ['generate', '--config', file, '--account', ACCOUNTS[3], '--pack', 'pack-1', '--json'])
  await eventually('the request is in its stream', () => world.redis.xlen('packreport:{3}:requests'))
  await world.startDaemon()
  assert.equal((await early.ended).code, 0, early.stderr.text)
  assert.equal((await world.report('pack-1', ACCOUNT)).ReportStatus, 'NONE')
  await complete(world, ACCOUNTS[3], 'pack-1')
}))

// ---- ownership

// What a daemon says last of its partitions, as numbers.
const owned = daemon => (logLines(daemon).filter(line => line.event === 'partitions.owned').at(-1)?.partitions ?? '')
  .split(' ').filter(text => text !== '').map(Number)
const all = partitions => Array.from({ length: partitions }, (_, n) => n)
const numerically = (a, b) => a - b
const readers = async (world, partition) => (await world.redis.call('CLIENT', 'LIST')).split('\n').filter(line => line.includes(`name=packreportd-blocking-${partition} `)).length

test('daemons share the partitions; what one leaves, by a drain or by kill -9, the others take', inPartitions(8, async world => {
  furnish(world, { accounts: ACCOUNTS })
  const quick = { 'queue.lease': '3s', 'redis.command_timeout': '1s' }
  const daemons = [await world.startDaemon(quick), await world.startDaemon(quick), await world.startDaemon(quick)]
  const share = living => eventually(() => `each partition has one owner: ${living.map(daemon => `[${owned(daemon)}]`)}`, () =>
    JSON.stringify(living.flatMap(owned).sort(numerically)) === JSON.stringify(all(8)))
  await share(daemons)
  for (const daemon of daemons) assert.ok(owned(daemon).length > 0)
  for (const partition of all(8)) {
    await eventually(`one blocking connection for partition ${partition}`, async () => await readers(world, partition) === 1)
  }
  const before = owned(daemons[0])
  assert.equal((await daemons[2].end()).code, 0)
  await share(daemons.slice(0, 2))
  assert.ok(before.every(partition => owned(daemons[0]).includes(partition)), 'what it had it keeps')
  const killedAt = Date.now()
  await daemons[1].end('SIGKILL')
  await share(daemons.slice(0, 1))
  assert.ok(Date.now() - killedAt < 10000, `${Date.now() - killedAt} ms`)
  for (const account of ACCOUNTS) {
    await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
    await complete(world, account, 'pack-1')
  }
  const last = await world.startDaemon(quick)
  await share([daemons[0], last])
}))

test('more daemons than partitions: each reads one', inPartitions(2, async world => {
  furnish(world, { accounts: ACCOUNTS })
  const daemons = []
  for (let n = 0; n < 4; n++) daemons.push(await world.startDaemon())
  await eventually(() => `each owns one: ${daemons.map(daemon => `[${owned(daemon)}]`)}`, () => daemons.every(daemon => owned(daemon).length >= 1) &&
    new Set(daemons.flatMap(owned)).size === 2 && daemons.some(daemon => owned(daemon).length === 1))
  for (const account of ACCOUNTS) {
    await world.answer(await world.submit({ account, pack: 'pack-1' }), account)
    await complete(world, account, 'pack-1')
  }
}))

test('the jobs of a killed owner are made by the next one, once each', inPartitions(4, async world => {
  const packs = Array.from({ length: 6 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs, accounts: ACCOUNTS })
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '1s', 'worker.max_jobs': '4' }
  const doomed = await world.startDaemon({ ...quick, 'worker.name': 'doomed', 'drill.step': 'store', 'drill.stall': '1min' })
  const other = await world.startDaemon({ ...quick, 'drill.step': 'store', 'drill.stall': '200ms' })
  await eventually('both own some', () => owned(doomed).length > 0 && owned(other).length > 0 && new Set([...owned(doomed), ...owned(other)]).size === 4)
  const asked = []
  for (const pack of packs) for (const account of ACCOUNTS) asked.push({ pack, account, id: await world.submit({ account, pack }) })
  for (const { id, account } of asked) assert.equal((await world.answer(id, account)).Code, 'Accepted')
  await eventually('it holds jobs', async () => JSON.parse((await world.cli(['workers', '--json'], { status: null })).stdout)
    .some(one => one.worker.startsWith('doomed:') && one.jobs > 0))
  await doomed.end('SIGKILL')
  for (const { pack, account } of asked) {
    await complete(world, account, pack)
    assert.equal(world.visibleReports(pack, account).length, 1)
  }
  await world.cli(['doctor'])
}))

test('an idle daemon helps where others have a backlog', inPartitions(2, async world => {
  const packs = Array.from({ length: 12 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs, accounts: ACCOUNTS })
  const slow = { 'worker.max_jobs': '1', 'drill.step': 'store', 'drill.stall': '500ms' }
  const daemons = [await world.startDaemon(slow), await world.startDaemon(slow)]
  await eventually('each owns one', () => daemons.every(daemon => owned(daemon).length >= 1))
  for (const pack of packs) await world.submit({ account: ACCOUNTS[0], pack })
  for (const pack of packs) await complete(world, ACCOUNTS[0], pack)
  for (const daemon of daemons) {
    const made = logLines(daemon).filter(line => line.event === 'job.complete').length
    assert.ok(made > 1, `${made} of ${packs.length}`)
  }
}))

test('where the number of partitions is none, daemon and command say which key, what it holds, what is right', inWorld(async world => {
  furnish(world)
  await world.redis.set(world.key('partitions'), 'four')
  const wanted = /the key packreport:\{0\}:partitions holds "four", and not the number of the queue's partitions, 1 to 64 in digits: put back /
  const daemon = await world.startDaemon({}, { ready: false })
  assert.equal((await daemon.ended).code, 78)
  assert.ok(logLines(daemon).some(line => line.event === 'redis.unusable' && wanted.test(line.error)), daemon.stderr.text)
  const { stderr } = await world.cli(['workers'], { status: null })
  assert.match(stderr, wanted)
  assert.equal(stderr.trim().split('\n').length, 1)
  assert.equal(await world.redis.get(world.key('partitions')), 'four', 'nobody overwrites it')
  assert.equal(await world.redis.exists(world.key('requests')), 0)
}))
