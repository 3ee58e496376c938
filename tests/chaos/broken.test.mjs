// SPDX-License-Identifier: MIT
//
// The checker finds a daemon that is broken: each scenario is run with the daemon as it is, which keeps all promises, and with
// one whose fence, token check, recovery, lease or count is broken (CMakeLists.txt).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../flow/lib/harness.mjs'
import { check } from './checker.mjs'
import { ACCOUNTS, Bench } from './lib/bench.mjs'
import { Fleet } from './lib/fleet.mjs'

const REQUEST = { account: ACCOUNTS[0], pack: 'pack-1' }
const PATIENCE_MS = 6000 // well above a lease, a sweep and a stall

async function isStalled(bench, n) {
  await eventually(`daemon ${n} holds a job`, () => bench.fleet.slots[n].life.process.stderr.text.includes('"to":"stall"'))
}

async function start(bench, n, step, stall) {
  bench.fleet.start(n, step ? { 'drill.step': step, 'drill.stall': stall } : {})
  await bench.fleet.isReady(n)
}

async function accepted(bench, request) {
  const answer = await bench.world.answer(await bench.world.submit(request))
  assert.equal(answer.Code, 'Accepted')
  return answer
}

// The word of one worker that the job is complete arrives when another has the job.
async function lateFinish(bench) {
  await start(bench, 0, 'finish', '300ms')
  await accepted(bench, REQUEST)
  await isStalled(bench, 0)
  bench.fleet.slots[0].wire.begin('late')
  await start(bench, 1, 'finish', '2s')
  await isStalled(bench, 1)
  bench.fleet.slots[0].wire.end()
}

async function tokenAgain(bench) {
  await start(bench, 0)
  const request = { ...REQUEST, token: 'once {and} again' }
  const { ReportId } = await accepted(bench, request)
  await bench.world.reportEnds(REQUEST.pack, { account: REQUEST.account, reportId: ReportId })
  await accepted(bench, request)
}

async function deadWorker(bench) {
  await start(bench, 0, 'evaluate', '60s')
  await accepted(bench, REQUEST)
  await isStalled(bench, 0)
  await bench.fleet.kill(0)
  await start(bench, 1)
}

async function busyWorker(bench) {
  await start(bench, 0, 'render', '900ms')
  await accepted(bench, REQUEST)
  await isStalled(bench, 0)
  await start(bench, 1)
}

async function oneReport(bench) {
  await start(bench, 0)
  const { ReportId } = await accepted(bench, REQUEST)
  await bench.world.reportEnds(REQUEST.pack, { account: REQUEST.account, reportId: ReportId })
}

const CASES = [
  ['fence', lateFinish, 'no-stale-write'],
  ['token', tokenAgain, 'one-token-outcome'],
  ['recovery', deadWorker, 'not-lost'],
  ['lease', busyWorker, 'one-owner'],
  ['count', oneReport, 'counted'],
]

async function violationsOf(scenario, program) {
  const bench = new Bench({ programs: Fleet.programs(2, program) })
  try {
    await bench.open()
    await scenario(bench)
    return check(await bench.end(PATIENCE_MS))
  } finally {
    await bench.close()
  }
}

for (const [name, scenario, property] of CASES) {
  test(`the daemon as it is: no violation where a broken ${name} would show`, async () => {
    assert.deepEqual(await violationsOf(scenario, 'packreportd'), [])
  })

  test(`a broken ${name} is found: ${property}`, async () => {
    const violations = await violationsOf(scenario, `packreportd_broken_${name}`)
    assert.ok(violations.some(violation => violation.property === property), JSON.stringify(violations, null, 1))
  })
}
