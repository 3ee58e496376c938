// SPDX-License-Identifier: MIT
//
// `packreport account`: caps and weights, set while daemons work, and what producers see of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'

const OTHER = '200000000000002'
const PACKS = Array.from({ length: 20 }, (_, n) => `pack-${n + 1}`)

function furnishTwo(world) {
  furnish(world, { packs: PACKS })
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }, { AccountId: OTHER }] })
  world.write(`inventory/${OTHER}.ndjson`, inventory(10))
}

const account = async (world, ...args) => JSON.parse((await world.cli(['account', ...args, '--json'])).stdout)
const code = async (world, fields) => (await world.answer(await world.submit(fields))).Code

test('an account at its cap is told so, and others are not', inWorld(async world => {
  furnishTwo(world)
  await world.startDaemon()
  await world.cli(['pause', '--all']) // so that nothing ends by itself
  assert.deepEqual(await account(world, 'list'), [])
  assert.match((await world.cli(['account', 'list'])).stderr, /no account has/)
  assert.deepEqual(await account(world, 'set', ACCOUNT, '--cap', '2'), { AccountId: ACCOUNT, unfinished: 0, cap: 2 })
  assert.equal(await code(world, { pack: 'pack-1', token: 'a' }), 'Accepted')
  assert.equal(await code(world, { pack: 'pack-2' }), 'Accepted')
  const refused = await world.answer(await world.submit({ pack: 'pack-3', token: 'c' }))
  assert.deepEqual([refused.Code, refused.HttpStatus, refused.ReportId], ['Throttling.User', '400', ''])
  assert.match(refused.Message, /^Request was denied due to user flow control\./)
  assert.equal((await world.report('pack-3')).ReportStatus, 'NONE')
  assert.equal(await code(world, { account: OTHER, pack: 'pack-1' }), 'Accepted')
  const first = await world.answer(await world.submit({ pack: 'pack-1', token: 'a' }))
  assert.deepEqual([first.Code, first.Replayed], ['Accepted', '1'])
  const generate = await world.cli(['generate', '--account', ACCOUNT, '--pack', 'pack-3', '--json'], { status: 1 })
  assert.match(generate.stdout + generate.stderr, /Throttling\.User/)

  assert.deepEqual(await account(world, 'list'), [{ AccountId: ACCOUNT, unfinished: 2, cap: 2 }, { AccountId: OTHER, unfinished: 1 }])
  assert.match((await world.cli(['account', 'list'])).stdout,
    new RegExp(`^ACCOUNT +UNFINISHED +WEIGHT +CAP +RATE +BURST\n${ACCOUNT} +2 +default +2 +default +default\n${OTHER} +1 +default +default +default +default\n$`))
  await account(world, 'set', ACCOUNT, '--cap', 'none')
  assert.equal(await code(world, { pack: 'pack-3', token: 'c' }), 'Accepted')
  assert.match((await world.cli(['account', 'show', ACCOUNT])).stdout, new RegExp(`${ACCOUNT} +3 +default +none +default +default\n$`))
  await account(world, 'set', ACCOUNT, '--cap', '3')
  assert.equal(await code(world, { pack: 'pack-4' }), 'Throttling.User')
  await world.cli(['resume', '--all'])
  for (const pack of ['pack-1', 'pack-2', 'pack-3']) assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE')
  assert.equal(await code(world, { pack: 'pack-4' }), 'Accepted')
  await world.reportEnds('pack-4')
  assert.deepEqual(await account(world, 'unset', ACCOUNT), { AccountId: ACCOUNT, unfinished: 0 })
  assert.match((await world.cli(['doctor'])).stdout, /nothing is wrong/)
}))

test('the cap of the settings counts for who has none', inWorld(async world => {
  furnishTwo(world)
  await world.startDaemon({ 'queue.account_cap': '1' })
  await world.cli(['pause', '--all'])
  await account(world, 'set', OTHER, '--cap', '2')
  for (const [who, cap] of [[ACCOUNT, 1], [OTHER, 2]]) {
    for (let n = 1; n <= 3; n++) {
      assert.equal(await code(world, { account: who, pack: `pack-${n}` }), n <= cap ? 'Accepted' : 'Throttling.User', `${who}, ${n}`)
    }
  }
}))

test('while both wait, jobs start by weight', inWorld(async world => {
  furnishTwo(world)
  const daemon = await world.startDaemon({ 'worker.max_jobs': '1' })
  await world.cli(['pause', '--all'])
  await account(world, 'set', ACCOUNT, '--weight', '3')
  for (const pack of PACKS.slice(0, 5)) assert.equal(await code(world, { account: OTHER, pack }), 'Accepted')
  for (const pack of PACKS.slice(0, 15)) assert.equal(await code(world, { pack }), 'Accepted')
  await world.cli(['resume', '--all'])
  const started = () => logLines(daemon).filter(line => line.event === 'job.start').map(line => line.account)
  await eventually('all have started', () => started().length === 20)
  let ahead = 0
  for (const [n, who] of started().entries()) {
    ahead += who === ACCOUNT ? 1 : -3
    assert.ok(Math.abs(ahead) <= 4, `after ${n + 1}: ${started()}`)
  }
}))

test('a command line that is wrong is refused', inWorld(async world => {
  for (const args of [[], ['lst'], ['list', '1'], ['show'], ['show', 'x'], ['show', '1', '2'], ['set', '1'], ['set', '--cap', '1'],
    ['set', '1', '--cap', '-1'], ['set', '1', '--cap', '0'], ['set', '1', '--cap', '10000001'], ['set', '1', '--weight', '0'],
    ['set', '1', '--weight', '101'], ['set', '1', '--weight', 'none'], ['show', '1', '--cap', '1'], ['unset', '1', '--weight', '2'],
    ['show', '12345678901234567890'], ['set', '1', '--rate', '600001'], ['set', '1', '--rate', '0'], ['set', '1', '--burst', '0'],
    ['set', '1', '--burst', 'none'], ['set', '1', '--burst', '10001'], ['unset', '1', '--rate', '2'], ['list', '--burst', '2']]) {
    await world.cli(['account', ...args], { status: 64 })
  }
  assert.match((await world.cli(['account', 'lst'], { status: 64 })).stderr, /did you mean "list"\?/)
  assert.match((await world.cli(['account', 'set', '1', '--weight', '500'], { status: 64 })).stderr, /from 1 to 100/)
}))
