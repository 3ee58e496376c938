#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// How long an account waits that asks for one report after the other: alone, and while another account has a backlog. Both on
// this machine in one run, for short jobs and for jobs of 200 ms. Prints a Markdown table; all times are by the clock of Redis.
//
//   cmake --preset release && cmake --build --preset release && (cd tests/flow && npm ci)
//   node bench/fairness.mjs [BACKLOG [SAMPLES]]        requests of the other account (default 100000), reports (default 60)
import fs from 'node:fs'
process.env.PACKREPORT_BUILD ??= new URL('../build/release', import.meta.url).pathname
const { World, eventually } = await import('../tests/flow/lib/harness.mjs')
const { furnish, inventory } = await import('../tests/flow/lib/fixtures.mjs')

const BACKLOG = Number(process.argv[2] ?? 100000)
const SAMPLES = Number(process.argv[3] ?? 60)
const SLOTS = 8
const FLOOD = '100000000000001'
const SMALL = '200000000000002'
const FLOOD_PACKS = Math.min(BACKLOG, 10000) // that can be made; those behind them fail at once
const rows = []
const sorted = list => [...list].sort((a, b) => a - b)
const at = (list, share) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * share))]
const mean = list => list.reduce((sum, value) => sum + value, 0) / list.length
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

function furnishTwo(world) {
  const names = (prefix, count) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  furnish(world, { packs: [...names('warm', SAMPLES), ...names('alone', SAMPLES), ...names('beside', SAMPLES), ...names('flood', FLOOD_PACKS)] })
  world.write('accounts.json', { accounts: [{ AccountId: FLOOD }, { AccountId: SMALL }] })
  world.write(`inventory/${SMALL}.ndjson`, inventory(10))
}

// One report of the small account: until it starts, and until it has ended.
async function sample(world, pack) {
  const entry = await world.redis.xadd(world.key('requests'), '*', 'AccountId', SMALL, 'CompliancePackId', pack)
  const asked = Number(entry.split('-')[0])
  const report = await eventually(`the report of ${pack}`, async () => {
    const [status, , id] = (await world.redis.get(world.key(`report:${SMALL}:${pack}`)))?.split('|') ?? []
    return status === 'COMPLETE' ? id : null
  }, { intervalMs: 5 })
  // "outcome|ended_at|step|<the job's record>": docs/redis.md
  const [, endedAt, , , , , , , startedAt] = (await world.redis.get(world.key(`history:${report}`))).split('|')
  return { waited: Number(startedAt) - asked, whole: Number(endedAt) - asked }
}

async function samples(world, prefix) {
  const list = []
  for (let n = 0; n < SAMPLES; n++) {
    list.push(await sample(world, `${prefix}-${n}`))
    await pause(17 + n % 7 * 11) // no beat in common with the daemon's own
  }
  return list
}

// The backlog comes over the stream and is admitted; then it is let go.
async function flood(world) {
  await world.cli(['pause', '--all'])
  const begin = Date.now()
  for (let first = 0; first < BACKLOG; first += 1000) {
    const pipeline = world.redis.pipeline()
    for (let n = first; n < Math.min(BACKLOG, first + 1000); n++) {
      pipeline.xadd(world.key('requests'), '*', 'AccountId', FLOOD, 'CompliancePackId', `flood-${n}`)
    }
    await pipeline.exec()
  }
  await eventually('the backlog is admitted', async () =>
    Number(await world.redis.hget(world.key('unfinished'), FLOOD)) === BACKLOG, { deadlineMs: 300000, intervalMs: 100 })
  console.error(`${BACKLOG} requests admitted in ${Date.now() - begin} ms`)
  await world.cli(['resume', '--all'])
  await eventually('all slots are busy', async () => await world.redis.zcard(world.key('running')) === SLOTS)
  await pause(500)
}

function add(name, alone, beside) {
  for (const [what, field] of [['asked to started', 'waited'], ['asked to complete', 'whole']]) {
    const [a, b] = [alone, beside].map(list => list.map(one => one[field]))
    const text = list => `${mean(list).toFixed(1)} / ${at(list, 0.5)} / ${at(list, 0.95)} / ${Math.max(...list)}`
    rows.push([`${name}, ${what}`, text(a), text(b), (mean(b) / mean(a)).toFixed(2), (mean(b) - mean(a)).toFixed(1)])
    console.error(rows.at(-1).join(' | '))
  }
}

async function measure(name, overrides) {
  const world = new World()
  try {
    if (fs.existsSync('/dev/shm')) world.store = fs.mkdtempSync('/dev/shm/pr-')
    await world.startRedis()
    furnishTwo(world)
    await world.startDaemon({ 'log.level': 'warning', 'worker.max_jobs': String(SLOTS), 'queue.backlog_max': String(2 * BACKLOG),
      ...overrides }, { ready: false })
    await eventually('the daemon consumes', async () => await world.redis.exists(world.key('workers')) === 1)
    await samples(world, 'warm')
    const alone = await samples(world, 'alone')
    await flood(world)
    const beside = await samples(world, 'beside')
    const left = Number(await world.redis.hget(world.key('unfinished'), FLOOD))
    if (left < BACKLOG / 4) throw new Error(`the backlog was too small: ${left} are left`)
    console.error(`${name}: ${left} of the backlog are left`)
    add(name, alone, beside)
  } finally {
    await world.end()
    if (world.store.startsWith('/dev/shm')) fs.rmSync(world.store, { recursive: true, force: true })
  }
}

await measure('short jobs', {})
await measure('jobs of 200 ms', { 'drill.step': 'evaluate', 'drill.stall': '200ms' })
console.log(`ms: mean / median / 95 % / longest, of ${SAMPLES} reports; ${BACKLOG} requests of another account, ${SLOTS} jobs at once\n`)
console.log(`| | alone | beside the backlog | ratio of means | more, ms |\n|---|---|---|---|---|\n${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}`)
