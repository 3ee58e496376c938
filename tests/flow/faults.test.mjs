// SPDX-License-Identifier: MIT
//
// Promises 4 to 6: nothing accepted is lost, no half and no double report, CREATING never sticks. Daemons are killed in every
// step of a job, told to end, stopped and continued; Redis is restarted under load.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish, rules } from './lib/fixtures.mjs'

const LEASE_MS = 2000
const QUICK = { 'queue.lease': '2s', 'redis.command_timeout': '1s' }
const STEPS = ['fetch', 'bind', 'evaluate', 'render', 'store', 'finish']

async function jobIsIn(world, step) {
  await eventually(() => `a job in step ${step}`, async () => {
    const report = await world.report('pack-1')
    return report.job?.place === 'running' && report.job.step === step
  })
}

for (const step of STEPS) {
  test(`kill -9 in ${step}: another daemon completes the job`, inWorld(async world => {
    furnish(world)
    const held = await world.startDaemon({ ...QUICK, 'drill.step': step, 'drill.stall': '60s' })
    const answer = await world.answer(await world.submit({ pack: 'pack-1' }))
    assert.equal(answer.Code, 'Accepted')
    await jobIsIn(world, step)
    const other = await world.startDaemon(QUICK)
    const killedAt = Date.now()
    held.kill('SIGKILL')
    await held.ended
    const report = await world.reportEnds('pack-1', { deadlineMs: LEASE_MS + 2000 + 3000 })
    const tookMs = Date.now() - killedAt
    assert.equal(report.ReportStatus, 'COMPLETE')
    assert.equal(report.ReportId, answer.ReportId)
    // The promise is lease + 2 s; polling and process starts of a loaded machine come on top.
    assert.ok(tookMs < LEASE_MS + 2000 + 3000, `completed after ${tookMs} ms`)
    await eventually('the dead attempt is cleaned up', () =>
      world.visibleReports('pack-1').length === 1 && world.stagingFolders().length === 0)
    const [visible] = world.visibleReports('pack-1')
    assert.equal(visible.folder, report.complete.location)
    assert.ok(fs.existsSync(path.join(visible.folder, 'manifest.json')))
    assert.ok(logLines(other).some(line => line.event === 'job.complete'))
  }))
}

test('SIGTERM during a job: it finishes, and the status is 0', inWorld(async world => {
  furnish(world)
  // Long enough for a renewal to write the step, short enough to end before the drain does.
  const daemon = await world.startDaemon({ 'drill.step': 'render', 'drill.stall': '4s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'render')
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null })
  assert.equal((await world.report('pack-1')).ReportStatus, 'COMPLETE')
}))

test('SIGTERM and no time to finish: the job is handed back and another starts it', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'worker.drain_timeout': '0', 'drill.step': 'render', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'render')
  const other = await world.startDaemon()
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null })
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  const handedBack = logLines(daemon).find(line => line.event === 'job.handed_back')
  const started = logLines(other).find(line => line.event === 'job.start')
  assert.equal(started.attempt, 1, 'an attempt that was handed back does not count')
  // Both lines carry the wall clock of this machine.
  assert.ok(Date.parse(started.time) - Date.parse(handedBack.time) < 1000, `${handedBack.time} to ${started.time}`)
  await eventually('nothing is left in staging', () => world.stagingFolders().length === 0)
}))

test('a second SIGTERM hands back at once', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'worker.drain_timeout': '1h', 'drill.step': 'bind', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'bind')
  daemon.kill('SIGTERM')
  await eventually('the drain begins', () => daemon.stderr.text.includes('"drain.begin"'))
  assert.ok(daemon.isRunning)
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null })
  assert.equal(await world.redis.zcard(world.key('ready')), 1)
}))

test('a daemon that was stopped longer than its lease changes nothing', inWorld(async world => {
  furnish(world)
  const sleeper = await world.startDaemon({ ...QUICK, 'drill.step': 'finish', 'drill.stall': '3s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'finish')
  sleeper.kill('SIGSTOP')
  const other = await world.startDaemon(QUICK)
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  sleeper.kill('SIGCONT')
  await eventually('the sleeper notices', () => /"(job\.lease_lost|lease\.lost|lease\.unconfirmed)"/.test(sleeper.stderr.text))
  await eventually('one report is visible', () => world.visibleReports('pack-1').length === 1)
  assert.deepEqual((await world.report('pack-1')).complete, report.complete, 'the report is still the other one')
  assert.ok(logLines(other).some(line => line.event === 'job.complete'))
}))

test('Redis restarts under load: nothing accepted is lost, the daemons go on', inWorld(async world => {
  const packs = Array.from({ length: 40 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs })
  // With everysec, Redis may answer before it has written, while a sync is slow.
  await world.redis.config('SET', 'appendfsync', 'always')
  const daemons = await Promise.all([world.startDaemon(QUICK), world.startDaemon(QUICK)])
  const ids = []
  for (const id of packs.slice(0, 20)) ids.push(await world.submit({ pack: id }))
  await world.redisServer.end('SIGKILL')
  await world.startRedis()
  for (const id of packs.slice(20)) ids.push(await world.submit({ pack: id }))
  const answers = await Promise.all(ids.map(id => world.answer(id)))
  assert.ok(answers.every(answer => answer.Code === 'Accepted'), JSON.stringify(answers.map(a => a.Code)))
  for (const id of packs) {
    const report = await world.reportEnds(id)
    assert.equal(report.ReportStatus, 'COMPLETE', id)
    assert.equal(world.visibleReports(id).length, 1, id)
  }
  assert.ok(daemons.every(daemon => daemon.isRunning))
  await eventually('both daemons are ready again', () => daemons.every(daemon =>
    logLines(daemon).filter(line => line.event === 'daemon.ready' || line.event === 'daemon.not_ready').at(-1)?.event === 'daemon.ready'))
}))

test('Redis away while a job runs: it is recorded when Redis is back', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'drill.step': 'finish', 'drill.stall': '2s' })
  const answer = await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'finish')
  await world.redisServer.end('SIGKILL')
  await eventually('the daemon tries to finish', () => daemon.stderr.text.includes('"job.finish_unanswered"'))
  await world.startRedis()
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  assert.equal(report.ReportId, answer.ReportId)
}))

test('SIGTERM while Redis does not say how a job ended: what dead attempts left is cleaned up all the same', inWorld(async world => {
  furnish(world)
  const dead = await world.startDaemon({ ...QUICK, 'drill.step': 'finish', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await jobIsIn(world, 'finish')
  dead.kill('SIGKILL')
  await dead.ended
  const last = await world.startDaemon({ 'queue.lease': '10s', 'drill.step': 'finish', 'drill.stall': '1s' })
  await eventually('the second attempt is published', () => last.stderr.text.includes('"to":"stall"'))
  const fences = world.visibleReports('pack-1').map(one => Number(one.fence))
  assert.equal(fences.length, 2)
  await world.redisServer.end('SIGKILL')
  await eventually('it has tried to finish twice', () =>
    logLines(last).filter(line => line.event === 'job.finish_unanswered').length >= 2)
  last.kill('SIGTERM')
  assert.deepEqual(await last.ended, { code: 0, signal: null })
  assert.deepEqual(world.visibleReports('pack-1').map(one => Number(one.fence)), [Math.max(...fences)], 'its own may be the report')
  await world.startRedis()
  await world.startDaemon(QUICK)
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  await eventually('one report is visible', () => world.visibleReports('pack-1').length === 1)
}))

test('SIGTERM while Redis is away: the daemon ends all the same', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon(QUICK)
  await world.redisServer.end('SIGKILL')
  await eventually('the daemon notices', () => daemon.stderr.text.includes('"daemon.not_ready"'))
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null })
}))

test('a request that two daemons died over is still made', inWorld(async world => {
  furnish(world)
  const answer = await world.answer((await (async () => {
    const first = await world.startDaemon({ ...QUICK, 'drill.step': 'evaluate', 'drill.stall': '60s' })
    const id = await world.submit({ pack: 'pack-1' })
    await world.answer(id)
    await jobIsIn(world, 'evaluate')
    first.kill('SIGKILL')
    await first.ended
    return id
  })()))
  const second = await world.startDaemon({ ...QUICK, 'drill.step': 'store', 'drill.stall': '60s' })
  await jobIsIn(world, 'store')
  second.kill('SIGKILL')
  await second.ended
  await world.startDaemon(QUICK)
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  assert.equal(report.ReportId, answer.ReportId)
  await eventually('only the last attempt is left', () =>
    world.visibleReports('pack-1').length === 1 && world.stagingFolders().length === 0)
}))

// "poison" takes its daemon down wherever it has come to `evaluate`; the others only have the bad luck to run beside it.
test('a request that kills three daemons is a dead letter, and those beside it are made', inWorld(async world => {
  const innocent = ['good-1', 'good-2', 'good-3']
  furnish(world, { packs: ['poison', ...innocent] })
  const settings = { ...QUICK, 'worker.max_jobs': '8', 'drill.step': 'evaluate', 'drill.stall': '3s' }
  const starts = daemon => logLines(daemon).filter(line => line.event === 'job.start').map(line => line.pack)
  for (const round of [1, 2, 3]) {
    const daemon = await world.startDaemon(settings)
    if (round === 1) for (const pack of ['poison', ...innocent]) await world.answer(await world.submit({ pack }))
    await eventually('it runs', () => starts(daemon).includes('poison') && (round === 3 || starts(daemon).length === 4))
    await eventually('it has come to evaluate', async () => (await world.report('poison')).job?.step === 'evaluate')
    if (round === 3) assert.deepEqual(starts(daemon), ['poison'], 'alone')
    await daemon.end('SIGKILL')
  }
  await world.startDaemon(settings)
  for (const pack of innocent) assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE', pack)
  assert.equal((await world.reportEnds('poison')).ReportStatus, 'FAILED')
  assert.equal(await world.redis.zcard(world.key('dead')), 1)
}))

test('retention keeps the newest reports', inWorld(async world => {
  furnish(world)
  await world.startDaemon({ 'store.keep_count': '2' })
  const made = []
  for (let n = 0; n < 4; n++) {
    const answer = await world.answer(await world.submit({ pack: 'pack-1' }))
    assert.equal((await world.reportEnds('pack-1', { reportId: answer.ReportId })).ReportStatus, 'COMPLETE')
    made.push(answer.ReportId)
  }
  await eventually('two reports are left', () => world.visibleReports('pack-1').length === 2)
  assert.deepEqual(world.visibleReports('pack-1').map(one => one.report).sort(), made.slice(2).sort())
}))

test('SIGHUP reads rules and log level again; running jobs keep theirs', inWorld(async world => {
  furnish(world, { items: 3 })
  const daemon = await world.startDaemon()
  await world.answer(await world.submit({ pack: 'pack-1' }))
  assert.equal((await world.reportEnds('pack-1')).complete.summary.manual, 0)
  fs.writeFileSync(daemon.config, fs.readFileSync(daemon.config, 'utf8').replace('level = debug', 'level = warning'))
  world.write('rules/rules.json', rules(1))
  daemon.kill('SIGHUP')
  await eventually('the reload is done', () => daemon.stderr.text.includes('"rules.loaded"') &&
    logLines(daemon).filter(line => line.event === 'rules.loaded').length === 2)
  const answer = await world.answer(await world.submit({ pack: 'pack-1' }))
  const report = await world.reportEnds('pack-1', { reportId: answer.ReportId })
  assert.equal(report.complete.summary.manual, 2, 'two items have lost their rules')

  world.write('rules/rules.json', '{"broken":')
  daemon.kill('SIGHUP')
  await eventually('the bad rules are refused', () => /"reload.failed".*rules\.json/.test(daemon.stderr.text))
  const last = await world.answer(await world.submit({ pack: 'pack-1' }))
  assert.equal((await world.reportEnds('pack-1', { reportId: last.ReportId })).complete.summary.manual, 2, 'the old rules stay')
}))

test('SIGHUP reads the password of Redis again; one that cannot be read leaves the old one', inWorld(async world => {
  furnish(world)
  const allow = password => world.redis.call('ACL', 'SETUSER', 'maker', 'on', 'resetpass', `>${password}`, '~*', '&*', '+@all')
  const file = world.write('credentials/redis-password', 'first\n')
  fs.chmodSync(file, 0o600)
  await allow('first')
  const daemon = await world.startDaemon({
    'redis.user': 'maker', 'redis.credential': 'redis-password', 'credentials.path': world.path('credentials'),
  })
  const count = event => logLines(daemon).filter(line => line.event === event).length
  const reload = async event => {
    const before = count(event)
    daemon.kill('SIGHUP')
    await eventually(() => `${event}: ${daemon.stderr.text}`, () => count(event) > before)
  }
  const reconnect = async () => {
    const before = count('redis.up')
    await world.redis.call('CLIENT', 'KILL', 'USER', 'maker')
    await eventually(() => `both connections are up: ${daemon.stderr.text}`, () => count('redis.up') >= before + 2)
  }
  await allow('second')
  fs.writeFileSync(file, 'second\n')
  await reload('reload.done')
  await reconnect()

  fs.rmSync(file)
  await reload('reload.credentials_failed')
  await reconnect()
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  assert.ok(!/first|second/.test(daemon.stderr.text), 'no password is in the log')
}))

test('a daemon that is killed as soon as it is ready: its consumer goes with a sweep', inWorld(async world => {
  furnish(world)
  const quick = { 'queue.lease': '1s', 'redis.command_timeout': '500ms' }
  const consumers = async () => (await world.redis.xinfo('CONSUMERS', world.key('requests'), 'intake')).map(consumer => consumer[1])
  for (let n = 0; n < 3; n++) await (await world.startDaemon(quick)).end('SIGKILL')
  const workers = new Set(await world.redis.zrange(world.key('workers'), 0, -1))
  assert.deepEqual((await consumers()).filter(name => !workers.has(name)), [], 'who reads is known to be alive')
  const daemon = await world.startDaemon(quick)
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('the dead are forgotten', async () => (await consumers()).length === 1, { deadlineMs: 30000 })
  assert.ok(daemon.isRunning)
}))
