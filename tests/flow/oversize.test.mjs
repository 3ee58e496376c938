// SPDX-License-Identifier: MIT
//
// Promise 8 at the intake: a producer that may only XADD chooses how large its entries are. The daemon answers them, stays
// small, keeps the leases of what runs, and takes the requests behind them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import { eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const MIB = 1024 * 1024
// Far above what the daemon takes, and far below one of the entries. A sanitizer's memory is its own matter.
const RSS_MAX_KIB = 100 * 1024
const IS_ASAN = /asan/.test(process.env.PACKREPORT_BUILD ?? '')

// How fast a disk takes half a gigabyte is not the question here.
const onMemory = world => { world.redisArgs = ['--appendonly', 'no'] }

function peakKib(daemon) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))[1])
}

const manyFields = () => Array.from({ length: 200000 }, (_, n) => [`f${n}`, 'v']).flat()
const large = bytes => ['AccountId', '1', 'Note', Buffer.alloc(bytes, 'x')]

async function addOversized(world) {
  const ids = []
  for (const fields of [manyFields(), large(100 * MIB), ...Array.from({ length: 8 }, () => large(50 * MIB))]) {
    ids.push(await world.redis.xadd(world.key('requests'), '*', fields))
  }
  return ids
}

async function expectAnswers(world, ids) {
  for (const [n, id] of ids.entries()) {
    const answer = await world.answer(id)
    assert.equal(answer.Code, 'InvalidParameter')
    assert.match(answer.Message, n === 0 ? /has 200000 fields; at most 32/ : /larger than 65536 bytes/)
  }
}

async function expectEmptyIntake(world) {
  await eventually('nothing is left in the stream', async () => await world.redis.xlen(world.key('requests')) === 0)
  assert.equal((await world.redis.xpending(world.key('requests'), 'intake'))[0], 0)
}

function expectSmall(daemon) {
  if (!IS_ASAN) assert.ok(peakKib(daemon) < RSS_MAX_KIB, `the daemon took ${peakKib(daemon)} KiB`)
}

test('entries that came before the daemon', inWorld(async world => {
  furnish(world)
  await world.redis.xgroup('CREATE', world.key('requests'), 'intake', '0', 'MKSTREAM')
  const ids = await addOversized(world)
  const request = await world.submit({ pack: 'pack-1' })
  const daemon = await world.startDaemon({ 'queue.lease': '20s', 'redis.command_timeout': '9s' })
  assert.equal((await world.answer(request)).Code, 'Accepted')
  await expectAnswers(world, ids)
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  await expectEmptyIntake(world)
  expectSmall(daemon)
}, onMemory))

for (const [name, jobs] of [['a slot is free: the blocking read meets them', '4'], ['no slot is free: the poll meets them', '1']]) {
  test(`entries that come while a job runs; ${name}`, inWorld(async world => {
    furnish(world, { packs: ['pack-1', 'pack-2'] })
    const daemon = await world.startDaemon({
      'worker.max_jobs': jobs, 'queue.lease': '20s', 'redis.command_timeout': '9s', 'drill.step': 'render', 'drill.stall': '30s',
    })
    const running = await world.answer(await world.submit({ pack: 'pack-1' }))
    await eventually('the job runs', async () => (await world.report('pack-1')).job?.step === 'render')
    const ids = await addOversized(world)
    const request = await world.submit({ pack: 'pack-2' })
    assert.equal((await world.answer(request)).Code, 'Accepted')
    await expectAnswers(world, ids)
    await expectEmptyIntake(world)
    const report = await world.reportEnds('pack-1')
    assert.equal(report.ReportStatus, 'COMPLETE')
    assert.equal(report.ReportId, running.ReportId)
    expectSmall(daemon)
    const lines = logLines(daemon)
    const doubts = lines.filter(line => /^(lease\.lost|lease\.unconfirmed|job\.lease_lost|queue\.recovered)/.test(line.event))
    assert.deepEqual(doubts, [], 'the lease stood')
    const started = lines.filter(line => line.event === 'job.start' && line.report === running.ReportId)
    assert.deepEqual(started.map(line => line.attempt), [1])
    assert.ok(!lines.some(line => line.event === 'redis.down' && line.connection === 'command'), 'the command connection stood')
  }, onMemory))
}
