#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// The daemon's own figures, measured on this machine in one run: memory idle and with 64 jobs, start to READY, jobs per second,
// bytes of Redis memory per finished report. Prints a Markdown table.
//
//   cmake --preset release && cmake --build --preset release && (cd tests/flow && npm ci)
//   node bench/figures.mjs [JOBS]        JOBS: reports in the throughput run (default 2000)
import fs from 'node:fs'
process.env.PACKREPORT_BUILD ??= new URL('../build/release', import.meta.url).pathname
const { ACCOUNT, World, eventually, logLines } = await import('../tests/flow/lib/harness.mjs')
const { furnish } = await import('../tests/flow/lib/fixtures.mjs')

const JOBS = Number(process.argv[2] ?? 2000)
const rows = []
const add = (name, value, aim = '') => { rows.push([name, value, aim]); console.error(`${name}: ${value}`) }
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const packs = n => Array.from({ length: n }, (_, i) => `pack-${i + 1}`)
const memoryKiB = (pid, name = 'VmRSS') => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1])
const MiB = kib => `${(kib / 1024).toFixed(1)} MiB`

async function inWorld(body) {
  const world = new World()
  try {
    // The store on a RAM disk, where there is one: creating files costs more than the queue on some file systems.
    if (fs.existsSync('/dev/shm') && process.env.BENCH_STORE !== 'disk') world.store = fs.mkdtempSync('/dev/shm/pr-')
    await world.startRedis()
    await body(world)
  } finally {
    await world.end()
    if (world.store.startsWith('/dev/shm')) fs.rmSync(world.store, { recursive: true, force: true })
  }
}

const QUIET = { 'log.level': 'info' }

// Submits one request for each pack in pipelined batches.
async function submitAll(world, names) {
  for (let at = 0; at < names.length; at += 500) {
    const pipeline = world.redis.pipeline()
    for (const pack of names.slice(at, at + 500)) pipeline.xadd(world.key('requests'), '*', 'AccountId', ACCOUNT, 'CompliancePackId', pack)
    await pipeline.exec()
  }
}

await inWorld(async world => {
  furnish(world)
  const times = []
  for (let n = 0; n < 11; n++) {
    const begin = Date.now()
    const daemon = await world.startDaemon({ 'log.level': 'info' })
    times.push(Date.parse(logLines(daemon).find(line => line.event === 'daemon.ready').time) - begin)
    if (n === 10) {
      await new Promise(resolve => setTimeout(resolve, 2000))
      add('resident memory, idle', MiB(memoryKiB(daemon.pid)), '12 MiB')
    }
    await daemon.end()
  }
  add('from the start of the process to its line daemon.ready, median of 11', `${median(times)} ms`, '50 ms')
})

await inWorld(async world => {
  const names = packs(64)
  furnish(world, { packs: names, items: 10, resources: 100 })
  const daemon = await world.startDaemon({ ...QUIET, 'worker.max_jobs': '64', 'drill.step': 'store', 'drill.stall': '5s' })
  await submitAll(world, names)
  await eventually('64 jobs are held before store', async () => {
    const jobs = Object.values(await world.redis.hgetall(world.key('jobs')))
    return jobs.length === 64 && jobs.every(job => job.includes('store'))
  })
  add('resident memory, 64 jobs running', MiB(memoryKiB(daemon.pid)), '40 MiB')
  for (const name of names) await world.reportEnds(name)
  add('  its peak', MiB(memoryKiB(daemon.pid, 'VmHWM')))
})

await inWorld(async world => {
  const names = packs(JOBS)
  furnish(world, { packs: names, items: 10, resources: 100 })
  const daemon = await world.startDaemon({ ...QUIET, 'worker.max_jobs': '16', 'store.keep_count': '0' })
  const before = Number(/used_memory:(\d+)/.exec(await world.redis.info('memory'))[1])
  const begin = process.hrtime.bigint()
  await submitAll(world, names)
  await eventually('all jobs have ended', async () =>
    await world.redis.xlen(world.key('requests')) === 0 && await world.redis.hlen(world.key('jobs')) === 0, { deadlineMs: 600000 })
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9
  const stat = fs.readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(' ')
  const cpu = (Number(stat[13]) + Number(stat[14])) / 100
  add(`jobs per second, 10 items, 100 resources, 16 at once, ${JOBS} jobs`, (JOBS / seconds).toFixed(0))
  add('  processor time of the daemon per job', `${(cpu / JOBS * 1000).toFixed(2)} ms`)
  const after = Number(/used_memory:(\d+)/.exec(await world.redis.info('memory'))[1])
  add('bytes of Redis memory per finished report (history and answer kept)', ((after - before) / JOBS).toFixed(0))
  const { status: complete } = await world.reportInRedis(ACCOUNT, names[0])
  if (complete !== 'COMPLETE') throw new Error(`a report ended as ${complete}`)
})

console.log(`| figure | measured | aim |\n|---|---|---|\n${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}`)
