// SPDX-License-Identifier: MIT
//
// `packreport pause` and `packreport resume` of an account, a pack, and everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const SCOPES = [['--all'], ['--account', ACCOUNT], ['--account', ACCOUNT, '--pack', 'pack-1']]
const BY = ['everything', 'account', 'pack']

test('what is paused waits, what is resumed is made', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.startDaemon()
  for (const [n, scope] of SCOPES.entries()) {
    assert.match((await world.cli(['pause', ...scope])).stdout, /is paused\n$/)
    assert.match((await world.cli(['pause', ...scope])).stdout, /as it was before/)
    assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
    assert.equal((await world.answer(await world.submit({ pack: 'pack-2' }))).Code, 'Accepted')
    if (BY[n] === 'pack') assert.equal((await world.reportEnds('pack-2')).ReportStatus, 'COMPLETE')
    const report = await world.report('pack-1')
    assert.deepEqual([report.ReportStatus, report.paused], ['CREATING', BY[n]])
    assert.match((await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1'])).stdout, new RegExp(`^paused +${BY[n]}$`, 'm'))
    assert.match((await world.cli(['list'])).stdout, /pack-1 .*\(paused\)/)
    const listed = JSON.parse((await world.cli(['pause', '--list', '--json'])).stdout)
    assert.equal(listed.length, 1)
    assert.match(listed[0].since, /^2\d{3}-/)
    assert.ok((await world.cli(['pause', '--list'])).stdout.startsWith(n === 0 ? 'everything  since' : `account ${ACCOUNT}`))
    await world.cli(['resume', ...scope])
    assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
    await world.reportEnds('pack-2')
    assert.match((await world.cli(['resume', ...scope], { status: 1 })).stderr, /was not paused/)
  }
  assert.match((await world.cli(['pause', '--list'])).stderr, /nothing is paused/)
}))

test('a command line that is wrong is refused', inWorld(async world => {
  for (const args of [[], ['--pack', 'pack-1'], ['--all', '--account', '1'], ['--account', 'x'], ['--account', '1', '--pack', 'a b'], ['--all', '--list']]) {
    await world.cli(['pause', ...args], { status: 64 })
    await world.cli(['resume', ...args], { status: 64 })
  }
}))
