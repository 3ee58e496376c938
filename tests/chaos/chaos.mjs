// SPDX-License-Identifier: MIT
//
// The chaos test: daemons, producers and Redis as real processes, faults drawn at random, and a check of the whole history.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { check, count } from './checker.mjs'
import { ACCOUNTS, Bench, PACKS, TOPOLOGIES } from './lib/bench.mjs'
import { Draw } from './lib/draw.mjs'
import { Faults } from './lib/faults.mjs'
import { Fleet } from './lib/fleet.mjs'
import { Producers } from './lib/producers.mjs'

const FAULTS_A_MINUTE = 80
const SHORT_MINUTES = 5 // up to here, no pause is longer than a few leases
const LONGEST_PAUSE_S = { short: 4, long: 60 }
const PATIENCE_MS = 60000
const VIOLATIONS_SHOWN = 40

const USAGE = `usage: tests/chaos/run [--redis FORM] [--minutes N] [--faults N] [--seed S] [--daemons N] [--keep]
  --redis FORM  ${Object.keys(TOPOLOGIES).join(', ')} (default single)
  --minutes N   how long faults come (default 2.5); more than ${SHORT_MINUTES}: with pauses of up to a minute
  --faults N    how many (default: ${FAULTS_A_MINUTE} a minute)
  --seed S      decides all draws (default: the time)
  --daemons N   3 to 5 (default: drawn)
  --program P   the daemons' program in the build folder (default packreportd)
  --keep        keeps the folder of a run that passed, too
PACKREPORT_BUILD names the build folder.`

async function torment(bench, options) {
  const draw = new Draw(options.seed)
  await bench.open()
  if (!bench.disk) console.log('chaos: no full disk, because nothing can be mounted here (needs root)')
  bench.producers = new Producers(bench, draw.fork('producers'), { accounts: ACCOUNTS, packs: PACKS })
  const faults = new Faults(bench, draw.fork('faults'), {
    count: options.faults, seconds: options.minutes * 60,
    longestPauseS: options.minutes > SHORT_MINUTES ? LONGEST_PAUSE_S.long : LONGEST_PAUSE_S.short,
  })
  const drills = draw.fork('drills')
  for (const n of bench.fleet.slots.keys()) bench.fleet.start(n, bench.fleet.drill(drills))
  await Promise.all([...bench.fleet.slots.keys()].map(n => bench.fleet.isReady(n)))
  bench.producers.start()
  await faults.run()
  await bench.topology.heal()
  await bench.producers.stop()
  return bench.end(PATIENCE_MS)
}

function tell(history, bench) {
  const byKind = {}
  for (const { kind } of bench.faults) byKind[kind] = (byKind[kind] ?? 0) + 1
  const list = object => Object.entries(object).sort().map(([name, number]) => `${name} ${number}`).join(', ')
  const { requests, jobs, codes, outcomes, lost } = count(history)
  console.log(`chaos: ${bench.faults.length} faults: ${list(byKind)}`)
  console.log(`chaos: ${requests} requests: ${list(codes)}`)
  console.log(`chaos: ${jobs} jobs, attempts: ${list(outcomes)}`)
  console.log(`chaos: lost by failovers: ${list(lost)}`)
}

function keep(bench, history, violations, options) {
  const { folder } = bench.world
  bench.keepLogs()
  fs.writeFileSync(path.join(folder, 'history.json'), JSON.stringify({ options, violations, ...history }))
  fs.writeFileSync(path.join(folder, 'schedule.json'), `[\n${bench.faults.map(fault => JSON.stringify(fault)).join(',\n')}\n]\n`)
  console.log(`chaos: history, schedule and logs are in ${folder}`)
}

// A history that the checker cannot read is kept, too.
function checkOrKeep(bench, history, options) {
  try {
    return check(history)
  } catch (error) {
    keep(bench, history, [], options)
    throw error
  }
}

// Whether all promises were kept.
export async function runChaos(options) {
  const bench = new Bench({ programs: Fleet.programs(options.daemons, options.program), redis: options.redis })
  let isKept = true
  const stop = () => bench.close().then(() => process.exit(130))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    console.log(`chaos: seed ${options.seed}, Redis: ${options.redis}, ${options.daemons} daemons, ${options.faults} faults in ${options.minutes} min`)
    const history = await torment(bench, options)
    const violations = checkOrKeep(bench, history, options).concat(bench.troubles.map(text => ({ property: 'test', text })))
    tell(history, bench)
    isKept = options.keep || violations.length > 0
    if (isKept) keep(bench, history, violations, options)
    for (const { property, text } of violations.slice(0, VIOLATIONS_SHOWN)) console.log(`${property}: ${text}`)
    console.log(violations.length > 0 ? `chaos: ${violations.length} violations, seed ${options.seed}` : 'chaos: all promises kept')
    return violations.length === 0
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await bench.close({ keep: isKept })
  }
}

function readOptions() {
  const text = { type: 'string' }
  const flag = { type: 'boolean' }
  const { values } = parseArgs({
    options: { redis: text, minutes: text, faults: text, seed: text, daemons: text, program: text, keep: flag, help: flag },
  })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  const redis = values.redis ?? 'single'
  const seed = values.seed ?? String(Date.now())
  const minutes = Number(values.minutes ?? 2.5)
  const faults = Number(values.faults ?? Math.round(minutes * FAULTS_A_MINUTE))
  const daemons = Number(values.daemons ?? new Draw(seed).fork('daemons').whole(3, 5))
  if (!(minutes > 0) || !Number.isInteger(faults) || faults < 0 || !(daemons >= 3 && daemons <= 5) || !TOPOLOGIES[redis]) throw new Error(USAGE)
  return { redis, seed, minutes, faults, daemons, program: values.program, keep: values.keep ?? false }
}

try {
  process.exitCode = await runChaos(readOptions()) ? 0 : 1
} catch (error) {
  console.error(`chaos: ${error.stack ?? error}`)
  process.exitCode = 70
}
