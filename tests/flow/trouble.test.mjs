// SPDX-License-Identifier: MIT
//
// Faults that last until somebody mends them: the daemon waits, does not storm, and goes on by itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const commands = async world => Number(/total_commands_processed:(\d+)/.exec(await world.redis.info('stats'))[1])

// Lets time pass by counting the sweeps of the daemon, which go on whatever the intake does.
async function afterSomeSweeps(world, daemon, count = 6) {
  const seen = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await world.redis.info('commandstats'))?.[1] ?? 0)
  const begin = await seen()
  await eventually('the daemon goes on', async () => (await seen()) - begin >= count)
  assert.ok(daemon.isRunning)
}

test('a full Redis: requests wait without a storm, and are answered when there is room', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon()
  const id = 'request-on-a-full-redis'
  await world.redis.xadd(world.key('requests'), '*', 'wake', '1')
  // The request is in the stream before memory ends; nothing that grows can be written after it.
  const [added] = await world.redis.multi()
    .xadd(world.key('requests'), '*', 'AccountId', ACCOUNT, 'CompliancePackId', 'pack-1', 'RequestId', id)
    .config('SET', 'maxmemory', '1').exec()
  assert.equal(added[0], null)
  await eventually('the daemon is told', () => /intake\.(admission|read)_failed/.test(daemon.stderr.text))
  const before = await commands(world)
  const linesBefore = logLines(daemon).length
  await afterSomeSweeps(world, daemon)
  const perSweep = ((await commands(world)) - before) / 6
  assert.ok(perSweep < 100, `${perSweep} commands between two scripts`)
  assert.ok(logLines(daemon).length - linesBefore < 40, 'the log stays readable')
  await world.redis.config('SET', 'maxmemory', '0')
  assert.equal((await world.answer(id)).Code, 'Accepted')
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
}))

test('a request that somebody deletes before it is answered: the log tells of it, once', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon()
  await world.redis.xadd(world.key('requests'), '*', 'wake', '1')
  const [[, entry]] = await world.redis.multi()
    .xadd(world.key('requests'), '*', 'AccountId', ACCOUNT, 'CompliancePackId', 'pack-1').config('SET', 'maxmemory', '1').exec()
  await eventually('the daemon has read it', () => /intake\.admission_failed/.test(daemon.stderr.text))
  await world.redis.xdel(world.key('requests'), entry)
  await world.redis.config('SET', 'maxmemory', '0')
  await eventually('nothing is pending', async () => (await world.redis.xpending(world.key('requests'), 'intake'))[0] === 0)
  await afterSomeSweeps(world, daemon)
  assert.deepEqual(logLines(daemon).filter(line => line.event === 'intake.vanished').map(line => line.requests), [1])
}))

test('a right that was taken away: one line, and on by itself when it is back', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon()
  await world.redis.acl('SETUSER', 'default', '-exists', '-hset', '-xreadgroup')
  await eventually('the daemon is told', () => /NOPERM|can't run this command/.test(daemon.stderr.text))
  const linesBefore = logLines(daemon).length
  await afterSomeSweeps(world, daemon)
  assert.ok(logLines(daemon).length - linesBefore < 40, daemon.stderr.text.slice(-3000))
  await world.redis.acl('SETUSER', 'default', '+@all')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
}))

test('a pack that does not exist: the vendor\'s code and sentence, no path', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  await world.answer(await world.submit({ pack: 'nowhere' }))
  const report = await world.reportEnds('nowhere')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.equal(report.Code, 'Invalid.CompliancePackId.Value')
  assert.equal(report.Message, 'The specified CompliancePackId does not exist.')
}))

test('an inventory that is a pipe fails the job instead of holding the daemon', inWorld(async world => {
  furnish(world)
  fs.rmSync(world.path(`inventory/${ACCOUNT}.ndjson`))
  execFileSync('mkfifo', [world.path(`inventory/${ACCOUNT}.ndjson`)])
  const daemon = await world.startDaemon()
  await world.answer(await world.submit({ pack: 'pack-1' }))
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.match(report.Message, /no regular file/)
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
}))

test('a job that fails for good leaves nothing of its dead attempts', inWorld(async world => {
  furnish(world)
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '1s' }
  const held = await world.startDaemon({ ...quick, 'drill.step': 'finish', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('the attempt is published', () => world.visibleReports('pack-1').length === 1)
  held.kill('SIGKILL')
  await held.ended
  fs.rmSync(world.path('packs/pack-1.json'))
  await world.startDaemon(quick)
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'FAILED')
  await eventually('its files are gone', () => world.visibleReports('pack-1').length === 0 && world.stagingFolders().length === 0)
}))

test('a deadline that has passed', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  await world.answer(await world.submit({ pack: 'pack-1', Deadline: '1000' }))
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.equal(report.Code, 'DeadlineExceeded')
}))

test('accounts come and go by SIGHUP', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon()
  assert.equal((await world.answer(await world.submit({ account: '7', pack: 'pack-1' }))).Code, 'AccountNotExisted')
  world.write('accounts.json', { accounts: [{ AccountId: '7', inventory: `${ACCOUNT}.ndjson` }] })
  daemon.kill('SIGHUP')
  await eventually('the reload is done', () => daemon.stderr.text.includes('"reload.done"'))
  assert.equal((await world.answer(await world.submit({ account: '7', pack: 'pack-1' }))).Code, 'Accepted')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'AccountNotExisted')
  assert.equal((await world.reportEnds('pack-1', { account: '7' })).ReportStatus, 'COMPLETE')
}))
