// SPDX-License-Identifier: MIT
//
// One daemon under a light mixture of everything: what a run under ThreadSanitizer looks at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'

test('jobs on several threads, reloads and an orderly end', inWorld(async world => {
  const packs = Array.from({ length: 30 }, (_, n) => `pack-${n + 1}`)
  furnish(world, { packs })
  world.write(`inventory/${ACCOUNT}.ndjson`, inventory(4000)) // several blocks, so that evaluation threads start
  const daemon = await world.startDaemon({ 'worker.threads': '4', 'worker.eval_threads': '3', 'worker.max_jobs': '8' })
  const ids = await Promise.all(packs.map(pack => world.submit({ pack })))
  for (const id of ids) assert.equal((await world.answer(id)).Code, 'Accepted')
  daemon.kill('SIGHUP')
  for (const pack of packs) assert.equal((await world.reportEnds(pack)).ReportStatus, 'COMPLETE')
  await eventually('the reload is done', () => daemon.stderr.text.includes('"reload.done"'))
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text.slice(-2000))
  assert.ok(!/ThreadSanitizer|AddressSanitizer|runtime error/.test(daemon.stderr.text), daemon.stderr.text)
}))
