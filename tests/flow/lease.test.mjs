// SPDX-License-Identifier: MIT
//
// Two workers never work on a job at once: who is not sure of its lease stops before anybody else may begin, and begins nothing
// when it comes back from a stop.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { silentPath } from './lib/silence.mjs'

const lineOf = (daemon, event) => logLines(daemon).find(line => line.event === event)
const timeOf = line => Date.parse(line.time)

async function jobIsIn(world, step) {
  await eventually(() => `a job in step ${step}`, async () => (await world.report('pack-1')).job?.step === step)
}

for (const leaseMs of [6000, 6500]) {
  test(`cut off from Redis, with a lease of ${leaseMs} ms: given up at two thirds of it, and only then begun elsewhere`, inWorld(async world => {
    furnish(world)
    const quick = { 'queue.lease': `${leaseMs}ms`, 'redis.command_timeout': '2s', 'worker.sweep_interval': '200ms' }
    const path = await silentPath(world)
    const cut = await world.startDaemon({ ...quick, 'redis.address': path.address, 'drill.step': 'render', 'drill.stall': '60s' })
    await world.answer(await world.submit({ pack: 'pack-1' }))
    await jobIsIn(world, 'render')
    const other = await world.startDaemon(quick)
    path.begin()
    const begun = await eventually('the other begins', () => lineOf(other, 'job.start'))
    const givenUp = lineOf(cut, 'lease.unconfirmed')
    assert.ok(givenUp, 'the other begins while this one goes on')
    assert.ok(timeOf(givenUp) < timeOf(begun), `${givenUp.time}, and the other began at ${begun.time}`)
    assert.ok(givenUp.ms >= Math.floor(leaseMs * 2 / 3) && givenUp.ms < leaseMs, `after ${givenUp.ms} ms`)
    assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
    path.end()
    await eventually('one report is visible, and nothing is staged', () =>
      world.visibleReports('pack-1').length === 1 && world.stagingFolders().length === 0)
    assert.equal(world.visibleReports('pack-1')[0].fence, String(begun.fence))
  }))
}

// Of all that is due when it goes on, its next step is to be first: so it is stopped just before that is due. False: too late.
async function stopInFrontOfStore(world, daemon, pack, stallMs) {
  const before = logLines(daemon).length
  const isMove = line => line.event === 'job.step'
  await world.submit({ pack })
  const stalled = await eventually('it stalls', () => logLines(daemon).slice(before).find(line => isMove(line) && line.to === 'stall'))
  await eventually('the stall is nearly over', () => Date.now() - timeOf(stalled) > stallMs - 150, { intervalMs: 5 })
  daemon.kill('SIGSTOP')
  const reader = world.redis.duplicate()
  await reader.ping() // what it said before has arrived
  reader.disconnect()
  return !logLines(daemon).slice(before).some(line => isMove(line) && line.to === 'store')
}

test('stopped for longer than the lease, in front of its next step: it does not take it', inWorld(async world => {
  const packs = ['pack-1', 'pack-2', 'pack-3', 'pack-4', 'pack-5']
  furnish(world, { packs })
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '1s', 'worker.sweep_interval': '200ms' }
  const stallMs = 1200
  const sleeper = await world.startDaemon({ ...quick, 'drill.step': 'store', 'drill.stall': `${stallMs}ms` })
  let pack
  while (!await stopInFrontOfStore(world, sleeper, pack = packs.shift(), stallMs)) {
    assert.ok(packs.length > 0, 'it was never stopped in time')
    sleeper.kill('SIGCONT')
    await world.reportEnds(pack)
  }
  const before = logLines(sleeper).length
  const other = await world.startDaemon(quick)
  await eventually('the other completes it', () => lineOf(other, 'job.complete'))
  sleeper.kill('SIGCONT')
  await eventually('it is through', () => logLines(sleeper).slice(before).some(line => line.event === 'job.step' && line.to === 'end'))
  const events = logLines(sleeper).slice(before)
  assert.deepEqual(events.filter(line => line.event === 'job.step' && ['store', 'finish'].includes(line.to)), [])
  assert.ok(events.some(line => ['lease.unconfirmed', 'lease.lost'].includes(line.event)), JSON.stringify(events))
  assert.equal(world.visibleReports(pack).length, 1)
}))
