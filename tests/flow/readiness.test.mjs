// SPDX-License-Identifier: MIT
//
// Readiness is red within 5 s whenever the daemon could not consume and finish, whatever the reason, and green again by itself
// when that has passed. Seen in the log and in what systemd is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, eventually, inWorld, logLines } from './lib/harness.mjs'
import { addressOf, generate, openDoor, send } from './lib/door.mjs'
import { furnish } from './lib/fixtures.mjs'
import { silentPath } from './lib/silence.mjs'

const RED_WITHIN_MS = 5000
const READINESS = new Set(['daemon.ready', 'daemon.not_ready'])
const LISTENER = path.join(BUILD, 'tests/notify_listener')

const readiness = daemon => logLines(daemon).filter(line => READINESS.has(line.event))

// Runs `cause`, expects red with a reason, runs `cure`, expects green. The daemon goes on, and works.
async function expectRedAndGreen(world, daemon, { cause, reason, meanwhile = () => {}, cure }) {
  const before = readiness(daemon).length
  const at = Date.now()
  await cause()
  const red = await eventually(() => `red: ${daemon.stderr.text.split('\n').slice(-8).join('\n')}`, () => readiness(daemon)[before])
  assert.equal(red.event, 'daemon.not_ready')
  assert.match(red.error, reason)
  const tookMs = Date.parse(red.time) - at
  assert.ok(tookMs < RED_WITHIN_MS, `red after ${tookMs} ms`)
  await meanwhile()
  await cure()
  await eventually(() => `green: ${daemon.stderr.text.split('\n').slice(-8).join('\n')}`, () => readiness(daemon).at(-1).event === 'daemon.ready')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-2' }))).Code, 'Accepted')
  assert.equal((await world.reportEnds('pack-2')).ReportStatus, 'COMPLETE')
  assert.ok(daemon.isRunning)
}

async function listen(world) {
  const socket = world.path('notify.sock')
  const listener = world.start(LISTENER, [socket])
  await eventually('the listener listens', () => listener.stdout.text.startsWith('listening\n'))
  return { socket, states: () => listener.stdout.text.split('\n').slice(1).flatMap(message => message.split('|')).filter(line => line.startsWith('STATUS=')) }
}

test('a Redis that was stopped', { skip: fs.existsSync(LISTENER) ? false : 'needs notify_listener' }, inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const manager = await listen(world)
  const daemon = await world.startDaemon({}, { env: { NOTIFY_SOCKET: manager.socket } })
  await expectRedAndGreen(world, daemon, {
    cause: () => world.redisServer.kill('SIGSTOP'), reason: /no reply|does not answer|no connection|lost/, cure: () => world.redisServer.kill('SIGCONT') })
  assert.match(manager.states()[0], /^STATUS=not consuming: no connection to Redis$/)
  assert.deepEqual(manager.states().map(state => state.startsWith('STATUS=not consuming: ')), [true, false, true, false])
}))

test('a path to Redis that swallows everything', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const silent = await silentPath(world)
  const daemon = await world.startDaemon({ 'redis.address': silent.address })
  await expectRedAndGreen(world, daemon, {
    cause: silent.begin, reason: /no reply|does not answer|no connection|lost/, cure: silent.end })
}))

test('a Redis that became a replica', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon()
  await expectRedAndGreen(world, daemon, {
    cause: () => world.redis.call('REPLICAOF', '127.0.0.1', '1'), reason: /READONLY|no connection/, cure: () => world.redis.call('REPLICAOF', 'NO', 'ONE') })
}))

test('a Redis without memory: what runs is finished, what comes waits', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2', 'pack-3'] })
  const daemon = await world.startDaemon({ 'drill.step': 'store', 'drill.stall': '2s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  const status = async pack => (await world.reportInRedis(ACCOUNT, pack)).status
  await expectRedAndGreen(world, daemon, {
    // In one step, because a full Redis takes no request either.
    cause: () => world.redis.multi().xadd(world.key('requests'), '*', 'AccountId', ACCOUNT, 'CompliancePackId', 'pack-3', 'RequestId', 'waiting')
      .config('SET', 'maxmemory', '1').exec(),
    reason: /OOM/,
    meanwhile: async () => {
      await eventually('pack-1 is complete', async () => await status('pack-1') === 'COMPLETE')
      assert.equal(await world.redis.exists(world.key('answer:waiting')), 0)
    },
    cure: () => world.redis.config('SET', 'maxmemory', '0') })
  assert.equal((await world.answer('waiting')).Code, 'Accepted')
}))

// What waits must run although nothing new is taken, or no room is ever made: whoever connects then, for the first time or again,
// only finds what is there.
test('a Redis without memory drains, whoever connects to it meanwhile', inWorld(async world => {
  const packs = ['pack-1', 'pack-2', 'pack-3']
  furnish(world, { packs })
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '500ms' }
  const first = await world.startDaemon({ ...quick, 'worker.max_jobs': '1', 'drill.step': 'render', 'drill.stall': '1s' })
  for (const pack of packs) await world.answer(await world.submit({ pack }))
  await world.redis.multi().config('SET', 'maxmemory', '1').client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes').exec()
  await eventually('it connects again', () => logLines(first).filter(line => line.event === 'daemon.ready').length === 2)
  await eventually('one more job is begun', () => logLines(first).filter(line => line.event === 'job.start').length >= 2)
  await first.end('SIGKILL')
  await world.startDaemon(quick)
  for (const pack of packs) assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE')
  assert.equal(await world.redis.hlen(world.key('jobs')), 0)
}))

test('a Redis that refuses writes for lack of replicas', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon()
  await expectRedAndGreen(world, daemon, {
    cause: () => world.redis.config('SET', 'min-replicas-to-write', '1'), reason: /NOREPLICAS/, cure: () => world.redis.config('SET', 'min-replicas-to-write', '0') })
}))

test('a store that cannot be written to', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon()
  await expectRedAndGreen(world, daemon, {
    cause: () => fs.renameSync(world.store, `${world.store}.away`), reason: /^store: /, cure: () => fs.renameSync(`${world.store}.away`, world.store) })
}))

test('a daemon that starts without a Redis is red and says why', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.redisServer.end()
  const daemon = await world.startDaemon({ 'monitor.listen': world.path('monitor.sock') }, { ready: false })
  const line = await eventually('it says so', () => readiness(daemon)[0])
  assert.equal(line.event, 'daemon.not_ready')
  assert.match(line.error, /^no connection to Redis: .*(No such file|refused)/)
  const answer = await send(world.path('monitor.sock'), { path: '/readyz' })
  assert.equal(answer.status, 503)
  assert.match(answer.text, /No such file|refused/)
  assert.equal(readiness(daemon).length, 1, 'once')
  await world.startRedis()
  await eventually('green', () => readiness(daemon).at(-1)?.event === 'daemon.ready')
}))

// Of a daemon that reads on: what it cannot do is seen by nothing but its own calls that fail.
test('a Redis that takes no end of a job', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon({ 'drill.step': 'render', 'drill.stall': '1500ms' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await expectRedAndGreen(world, daemon, {
    cause: () => world.redis.acl('SETUSER', 'default', '-mset'), reason: /can't run this command/,
    cure: () => world.redis.acl('SETUSER', 'default', '+mset') })
  assert.equal((await world.report('pack-1')).ReportStatus, 'COMPLETE')
}))

test('a Redis where nothing can be claimed', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon()
  await world.cli(['pause', '--all'])
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await world.redis.acl('SETUSER', 'default', '-zpopmin')
  await expectRedAndGreen(world, daemon, {
    cause: () => world.cli(['resume', '--all']), reason: /Redis replied: /, cure: () => world.redis.acl('SETUSER', 'default', '+@all') })
  await eventually('what waited is complete', async () => (await world.report('pack-1')).ReportStatus === 'COMPLETE')
}))

test('a front door that can admit nothing', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon({ ...openDoor, 'api.account': ACCOUNT })
  const address = await addressOf(daemon)
  await world.redis.config('SET', 'maxmemory', '1')
  await expectRedAndGreen(world, daemon, {
    cause: async () => assert.equal((await generate(address, 'pack-1')).status, 503), reason: /OOM/,
    cure: () => world.redis.config('SET', 'maxmemory', '0') })
  assert.equal((await generate(address, 'pack-1')).status, 200)
}))

// Green says that an admission would go well: nothing of it is left to the next request to find out.
test('a front door that may not write stays red until it may', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon({ ...openDoor, 'api.account': ACCOUNT })
  const address = await addressOf(daemon)
  const probes = async () => Number(/cmdstat_exists:calls=(\d+)/.exec(await world.redis.info('commandstats'))?.[1] ?? 0)
  await expectRedAndGreen(world, daemon, {
    cause: async () => {
      await world.redis.acl('SETUSER', 'default', '-mset')
      for (let i = 0; i < 2; i++) assert.equal((await generate(address, 'pack-1')).status, 503)
    },
    reason: /can't run this command/,
    meanwhile: async () => {
      const from = await probes()
      await eventually('it has been probed', async () => await probes() >= from + 3)
      assert.equal(readiness(daemon).at(-1).event, 'daemon.not_ready', 'no probe takes it for whole')
    },
    cure: () => world.redis.acl('SETUSER', 'default', '+mset') })
  assert.equal((await generate(address, 'pack-1')).status, 200)
}))
