// SPDX-License-Identifier: MIT
//
// One of two daemons is killed while requests come through the front doors of both: each is answered, or repeated with its
// ClientToken until it is, and the checker finds no promise broken in the whole history. It finds one in the same history of
// daemons that are broken on purpose.
//
//   DOOR_REQUESTS=10000 DOOR_SEED=7 PACKREPORT_BUILD=build/asan node --test tests/chaos/door.test.mjs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../flow/lib/harness.mjs'
import { pack } from '../flow/lib/fixtures.mjs'
import { signedDoor } from '../flow/lib/door.mjs'
import { check, count } from './checker.mjs'
import { ACCOUNTS, Bench } from './lib/bench.mjs'
import { Callers, keyOf } from './lib/callers.mjs'
import { Draw } from './lib/draw.mjs'
import { Fleet } from './lib/fleet.mjs'

const SEED = process.env.DOOR_SEED ?? String(Date.now())
const REQUESTS = Number(process.env.DOOR_REQUESTS ?? 2000)
const REQUESTS_TO_BROKEN = 400
const PACKS = Array.from({ length: 150 }, (_, n) => `pack-${n + 1}`)
const PATIENCE_MS = { whole: 60000, broken: 8000 }

// A daemon that is slow is not what this test is about.
const CALM = { 'queue.lease': '4s', 'redis.command_timeout': '2s', 'redis.connect_timeout': '2s', 'worker.max_jobs': '8', 'source.kind': 'file' }

async function open(bench) {
  Object.assign(bench.settings, CALM, signedDoor(bench.world, ACCOUNTS.map(account => {
    const { id, secret } = keyOf(account)
    return { id, account, secrets: [secret] }
  })))
  await bench.open()
  for (const id of PACKS) bench.world.write(`packs/${id}.json`, pack(id, 1))
  for (const n of bench.fleet.slots.keys()) bench.fleet.start(n)
  await Promise.all([...bench.fleet.slots.keys()].map(n => bench.fleet.isReady(n)))
}

// Daemon 0 dies after a third of the requests, in the midst of others, and starts again after two thirds.
async function askThroughBoth(bench, callers, total) {
  for (const n of bench.fleet.slots.keys()) await callers.meet(n)
  let death = null
  let birth = null
  await callers.run(total, number => {
    if (!death && number >= total / 3) death = bench.fleet.kill(0)
    if (!birth && number >= total * 2 / 3) {
      birth = death.then(() => {
        bench.fleet.start(0)
        return callers.meet(0)
      })
    }
  })
  await Promise.all([death, birth])
}

async function historyOf(program, total, patienceMs) {
  const bench = new Bench({ programs: Fleet.programs(2, program) })
  const callers = bench.callers = new Callers(bench, new Draw(SEED).fork('callers'), { accounts: ACCOUNTS, packs: PACKS })
  try {
    await open(bench)
    await askThroughBoth(bench, callers, total)
    await eventually('all is finished', async () => !await bench.unfinished(), { deadlineMs: patienceMs, intervalMs: 50 }).catch(() => {})
    await callers.lookAtAll()
    const history = await bench.end(0)
    return { history, violations: check(history).concat(bench.troubles.map(text => ({ property: 'test', text }))) }
  } finally {
    callers.close()
    await bench.close()
  }
}

test(`kill -9 of one of two daemons during ${REQUESTS} requests through both doors, seed ${SEED}`, async t => {
  const { history, violations } = await historyOf('packreportd', REQUESTS, PATIENCE_MS.whole)
  const { codes, outcomes, jobs } = count(history)
  const tries = history.door.flatMap(request => request.tries)
  const lost = tries.filter(({ outcome }) => outcome === 'unknown').length
  t.diagnostic(`${history.door.length} requests and ${history.looks.length} looks, ${tries.length - history.door.length} repeated, ${lost} of them after an answer that was lost`)
  t.diagnostic(`answers ${JSON.stringify(codes)}, ${jobs} jobs, attempts ${JSON.stringify(outcomes)}`)
  assert.deepEqual(violations.slice(0, 20), [])
  // What the kill has to hit, and what the requests have to be, for this to say anything.
  assert.ok(lost > 0, 'no answer was lost')
  assert.deepEqual(Object.keys(outcomes).filter(outcome => !['complete', 'lease_ran_out', 'hand_back'].includes(outcome)), [])
  assert.ok(codes.Accepted > REQUESTS / 20, `${codes.Accepted} accepted`)
  for (const code of ['Replayed', 'IdempotentParameterMismatch', 'CompliancePackReportCreating']) assert.ok(codes[code] > 0, `no ${code}`)
})

for (const [name, properties] of [['token', ['one-token-outcome']], ['recovery', ['not-lost', 'settled']]]) {
  test(`a broken ${name} is found`, async () => {
    const { violations } = await historyOf(`packreportd_broken_${name}`, REQUESTS_TO_BROKEN, PATIENCE_MS.broken)
    const found = new Set(violations.map(({ property }) => property))
    assert.ok(properties.every(property => found.has(property)), JSON.stringify(violations.slice(0, 20), null, 1))
  })
}
