// SPDX-License-Identifier: MIT
//
// `packreport dead`: what died is listed with its cause, and can be retried or dropped.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import { ACCOUNT, inWorld } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'

// The store's folder is in the way: attempts fail with an error that may pass.
const MORTAL = { 'worker.max_attempts': '1', 'worker.breaker_threshold': '0', 'worker.retry_base': '10ms', 'worker.retry_cap': '20ms', 'worker.sweep_interval': '100ms' }

async function dead(world, args, status = 0) {
  const { stdout } = await world.cli(['dead', ...args, '--json'], { status })
  return stdout ? JSON.parse(stdout) : null
}

async function withDead(world, packs) {
  furnish(world, { packs })
  await world.startDaemon(MORTAL)
  const blocked = world.path('store/.staging')
  fs.rmSync(blocked, { recursive: true, force: true })
  fs.writeFileSync(blocked, 'in the way')
  for (const pack of packs) {
    await world.answer(await world.submit({ pack }))
    assert.equal((await world.reportEnds(pack)).ReportStatus, 'FAILED')
  }
  return () => {
    fs.rmSync(blocked)
    fs.mkdirSync(blocked)
  }
}

test('a dead letter is shown, retried, and ends complete', inWorld(async world => {
  const mend = await withDead(world, ['pack-1'])
  const [letter, ...others] = await dead(world, ['list'])
  assert.equal(others.length, 0)
  assert.deepEqual([letter.AccountId, letter.CompliancePackId, letter.attempts], [ACCOUNT, 'pack-1', 1])
  assert.match(letter.Code, /^ReportFailed\./)
  assert.deepEqual(await dead(world, ['list', '--account', '7']), [])
  assert.match((await world.cli(['dead', 'list'])).stdout, new RegExp(`DIED[^]*${letter.ReportId}`))
  const shown = await dead(world, ['show', letter.ReportId])
  assert.equal(shown.code, letter.Code)
  assert.ok(shown['attempt:1'])
  const text = (await world.cli(['dead', 'show', letter.ReportId])).stdout
  assert.match(text, /^account_id .*\npack_id .*\nrequest_id .*\naccepted_at .*\ndied_at +2\d{3}-.*\ncode .*\nmessage .*\nstep /)
  const status = (await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1'])).stdout
  assert.match(status, new RegExp(`^to retry +packreport dead retry ${letter.ReportId}, once the cause is mended$`, 'm'))
  assert.equal(status.split(shown.message).length, 2, `the cause stands there once: ${status}`)

  assert.match((await world.cli(['cancel', '--report-id', letter.ReportId], { status: 1 })).stderr, /is a dead letter/)
  mend()
  const [said] = await dead(world, ['retry', letter.ReportId])
  assert.equal(said.result, 'retried')
  const report = await world.reportEnds('pack-1', { reportId: letter.ReportId })
  assert.equal(report.ReportStatus, 'COMPLETE')
  assert.deepEqual(await dead(world, ['list']), [])
  assert.equal((await dead(world, ['retry', letter.ReportId], 1))[0].result, 'unknown')
}))

test('all at once, and what cannot be retried says why', inWorld(async world => {
  const mend = await withDead(world, ['pack-1', 'pack-2', 'pack-3'])
  mend()
  world.write(`inventory/${ACCOUNT}.ndjson`, inventory(10))
  const letters = await dead(world, ['list'])
  assert.equal(letters.length, 3)
  await world.answer(await world.submit({ pack: 'pack-3' })) // complete by now or soon: a retry is allowed either way
  await world.reportEnds('pack-3')
  const ofThree = letters.find(letter => letter.CompliancePackId === 'pack-3').ReportId
  assert.equal((await dead(world, ['drop', ofThree]))[0].result, 'dropped')
  assert.equal((await dead(world, ['retry', '--all'])).length, 2)
  for (const pack of ['pack-1', 'pack-2']) assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE')
  assert.deepEqual(await dead(world, ['retry', '--all']), [])
}))

test('a command line that is wrong is refused', inWorld(async world => {
  for (const args of [[], ['lst'], ['list', 'rp-1'], ['show'], ['show', 'a', 'b'], ['retry'], ['drop', 'rp-1', '--all'], ['retry', 'a b'],
    ['retry', 'rp-1', '--account', '1']]) {
    await world.cli(['dead', ...args], { status: 64 })
  }
  assert.match((await world.cli(['dead', 'lst'], { status: 64 })).stderr, /did you mean "list"\?/)
  assert.match((await world.cli(['dead', 'show', 'rp-none'], { status: 1 })).stderr, /no dead letter/)
  assert.equal((await world.cli(['dead', 'retry', '--all'])).stderr, 'there are no dead letters\n')
  assert.match((await world.cli(['dead', 'list'])).stderr, /no dead letters/)
}))
