// SPDX-License-Identifier: MIT
//
// A request's Deadline: work past it is dropped before it costs anything, and what runs is aborted when it passes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import http from 'node:http'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const expectLate = report => assert.deepEqual([report.ReportStatus, report.Code], ['FAILED', 'DeadlineExceeded'])

test('a job that waited past its deadline is never started', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon({ 'worker.max_jobs': '1', 'drill.step': 'bind', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  const answer = await world.answer(await world.submit({ pack: 'pack-2', Deadline: Date.now() + 300 }))
  assert.equal(answer.Code, 'Accepted')
  expectLate(await world.reportEnds('pack-2'))
  assert.ok(!daemon.stderr.text.split('\n').some(line => line.includes('"job.start"') && line.includes('pack-2')))
}))

test('what runs is aborted at the deadline, its HTTP with it', inWorld(async world => {
  furnish(world)
  let closedAt
  const server = http.createServer(request => request.socket.on('close', () => { closedAt = Date.now() }))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => new Promise(resolve => server.close(resolve)))
  world.write('credentials/token', 'secret')
  world.write('accounts.json', {
    accounts: [{ AccountId: ACCOUNT, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001',
      base_url: `http://127.0.0.1:${server.address().port}`, credential: 'token' }],
  })
  await world.startDaemon({ 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes', 'credentials.path': world.path('credentials') })
  const deadline = Date.now() + 1500
  await world.answer(await world.submit({ pack: 'pack-1', Deadline: deadline }))
  expectLate(await world.reportEnds('pack-1'))
  await eventually('the connection is closed', () => closedAt)
  assert.ok(closedAt >= deadline - 20 && closedAt < deadline + 1000, `${closedAt - deadline} ms`)
  const { history } = await world.report('pack-1', ACCOUNT, ['--history'])
  assert.equal(history.step, 'fetch')
}))

test('generate --deadline', inWorld(async world => {
  furnish(world)
  await world.startDaemon({ 'drill.step': 'render', 'drill.stall': '60s' })
  const named = ['--account', ACCOUNT, '--pack', 'pack-1']
  const { stderr } = await world.cli(['generate', ...named, '--deadline', '1', '--wait'], { status: 1 })
  assert.match(stderr, /FAILED: DeadlineExceeded: /)
  await eventually('nothing of it is left', () => world.stagingFolders().length === 0)
  for (const wrong of ['0', 'soon', '9999999999']) {
    assert.match((await world.cli(['generate', ...named, '--deadline', wrong], { status: 64 })).stderr, /--deadline takes whole seconds/)
  }
}))
