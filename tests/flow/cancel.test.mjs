// SPDX-License-Identifier: MIT
//
// `packreport cancel`: what waits ends at once, what runs is aborted by its worker, what has ended says so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import http from 'node:http'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const ABORT_MS = 50
const QUICK = { 'queue.lease': '2s', 'redis.command_timeout': '1s', 'worker.sweep_interval': '200ms' }

const named = pack => ['--account', ACCOUNT, '--pack', pack]
const cancel = async (world, args, status = 0) => {
  const { stdout } = await world.cli(['cancel', ...args, '--json'], { status })
  return JSON.parse(stdout)
}

test('a waiting report is cancelled at once, and its pack is free', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.startDaemon({ 'worker.max_jobs': '1', 'drill.step': 'bind', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  const { ReportId } = await world.answer(await world.submit({ pack: 'pack-2', token: 'token' }))
  const said = await cancel(world, named('pack-2'))
  assert.deepEqual([said.result, said.ReportId], ['cancelled', ReportId])
  const report = await world.report('pack-2', ACCOUNT, ['--history'])
  assert.equal(report.ReportStatus, 'CANCELLED')
  assert.equal(report.Code, 'Cancelled')
  assert.equal(report.history.outcome, 'cancelled')
  assert.equal((await cancel(world, ['--report-id', ReportId])).result, 'cancelled', 'it may be repeated')
  const { stderr } = await world.cli(['watch', ...named('pack-2')], { status: 1 })
  assert.equal(stderr, '')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-2' }))).Code, 'Accepted')
}))

test('a running report is stopped by its worker, and who waits for it hears so', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'drill.step': 'render', 'drill.stall': '60s' })
  const waiting = world.cli(['generate', ...named('pack-1'), '--wait'], { status: 1 })
  await eventually('the job is held', async () => (await world.report('pack-1')).job?.step === 'render')
  const said = await cancel(world, named('pack-1'))
  assert.equal(said.result, 'cancelled')
  assert.match((await waiting).stderr, /CANCELLED: Cancelled: The request was taken back/)
  const { history } = await world.report('pack-1', ACCOUNT, ['--history'])
  assert.equal(history.step, 'render')
  assert.ok(logLines(daemon).some(line => line.event === 'job.cancelled' && line.fence === Number(history.fence)), daemon.stderr.text)
  await eventually('nothing of it is left', () => world.stagingFolders().length === 0 && world.visibleReports('pack-1').length === 0)
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
}))

test(`HTTP is aborted within ${ABORT_MS} ms`, inWorld(async world => {
  furnish(world)
  let asked, closedAt
  const server = http.createServer(request => {
    asked = true
    request.socket.on('close', () => { closedAt = Date.now() })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => new Promise(resolve => server.close(resolve)))
  world.write('credentials/token', 'secret')
  world.write('accounts.json', {
    accounts: [{ AccountId: ACCOUNT, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001',
      base_url: `http://127.0.0.1:${server.address().port}`, credential: 'token' }],
  })
  // Renewals come each second: without the control stream the abort would take as long.
  await world.startDaemon({ 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes',
    'credentials.path': world.path('credentials'), 'queue.lease': '60s' })
  const took = []
  for (let round = 0; round < 5; round++) {
    asked = false
    closedAt = undefined
    await world.answer(await world.submit({ pack: 'pack-1' }))
    await eventually('the pack is asked for', () => asked)
    assert.equal((await cancel(world, named('pack-1'))).result, 'cancelled')
    await eventually('the connection is closed', () => closedAt, { intervalMs: 1 })
    const [[id]] = await world.redis.xrevrange(world.key('control'), '+', '-', 'COUNT', 1)
    took.push(closedAt - Number(id.split('-')[0]))
  }
  // The machine may be busy with other tests: the quickest shows which way the word came.
  assert.ok(Math.min(...took) <= ABORT_MS, `${took} ms`)
}))

test('a worker that is gone does not keep a cancelled report alive', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ ...QUICK, 'drill.step': 'bind', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('the job is held', async () => (await world.report('pack-1')).job?.step === 'bind')
  daemon.kill('SIGKILL')
  await daemon.ended
  assert.equal((await cancel(world, [...named('pack-1'), '--no-wait'])).result, 'told')
  assert.equal((await world.report('pack-1')).job.cancelling, true)
  await world.startDaemon(QUICK)
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'CANCELLED')
}))

test('what has ended, or never was, says so', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const { ReportId } = await world.answer(await world.submit({ pack: 'pack-1' }))
  await world.reportEnds('pack-1')
  const { stderr } = await world.cli(['cancel', ...named('pack-1')], { status: 1 })
  assert.match(stderr, new RegExp(`report ${ReportId} has ended already: COMPLETE`))
  assert.equal((await cancel(world, ['--report-id', ReportId], 1)).result, 'ended')
  assert.equal((await cancel(world, named('pack-9'), 1)).result, 'unknown')
  for (const args of [[], ['--pack', 'pack-1'], [...named('pack-1'), '--report-id', ReportId], ['--report-id', 'a b']]) {
    assert.match((await world.cli(['cancel', ...args], { status: 64 })).stderr, /--/)
  }
}))
