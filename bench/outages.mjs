#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// How soon a daemon consumes again after an outage of Redis: N outages in one run, chosen at random of
//   kill     Redis is killed and started again, up to 4 s later
//   stop     Redis is stopped (SIGSTOP), up to 6 s
//   reset    every connection is ended (CLIENT KILL), at one moment
// The clock of an outage begins when Redis answers again (reset: when the connections are ended) and ends when a request that was
// written after that has its answer. Requests come between the outages, too; at the end each accepted one must have its report.
// Prints a Markdown table.
//
//   cmake --preset release && cmake --build --preset release && (cd tests/flow && npm ci)
//   node bench/outages.mjs [OUTAGES [SEED]]        default 100
process.env.PACKREPORT_BUILD ??= new URL('../build/release', import.meta.url).pathname
const { World } = await import('../tests/flow/lib/harness.mjs')
const { REDIS_ARGS, runOutages } = await import('../tests/flow/lib/outages.mjs')

const count = Number(process.argv[2] ?? 100)
const seed = Number(process.argv[3] ?? Date.now() % 1000000)
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.ceil(q * list.length) - 1)]

const world = new World()
world.redisArgs = REDIS_ARGS
try {
  await world.startRedis()
  const { outages, daemon, accepted } = await runOutages(world, { count, seed, onOutage: o => console.error(`${o.kind}: down ${o.downMs} ms, consuming again after ${o.recoveryMs} ms`) })
  if (!daemon.isRunning) throw new Error(`the daemon ended: ${daemon.stderr.text}`)
  console.log(`${count} outages, seed ${seed}, ${accepted} accepted requests, all complete; the daemon was never started again.\n`)
  console.log('| outage | times | p50 | p99 | worst |\n|---|---|---|---|---|')
  for (const kind of ['kill', 'stop', 'reset', 'all']) {
    const times = outages.filter(o => kind === 'all' || o.kind === kind).map(o => o.recoveryMs)
    if (times.length > 0) console.log(`| ${kind} | ${times.length} | ${quantile(times, 0.5)} ms | ${quantile(times, 0.99)} ms | ${Math.max(...times)} ms |`)
  }
} finally {
  await world.end()
}
