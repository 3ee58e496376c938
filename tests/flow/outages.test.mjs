// SPDX-License-Identifier: MIT
//
// Eight outages of Redis at random in one run: the daemon consumes again after each without being started again, and every accepted
// request gets its report. How soon is measured by bench/outages.mjs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inWorld } from './lib/harness.mjs'
import { REDIS_ARGS, runOutages } from './lib/outages.mjs'

test('outages at random', inWorld(async (world, t) => {
  const seed = Number(process.env.PACKREPORT_SEED ?? Date.now() % 1000000)
  t.diagnostic(`PACKREPORT_SEED=${seed}`)
  const { outages, accepted } = await runOutages(world, { count: 8, seed })
  assert.equal(outages.length, 8)
  assert.ok(accepted > 0)
}, world => { world.redisArgs = REDIS_ARGS }))
