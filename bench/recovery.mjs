#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// How long the jobs of a worker that was killed lie still: two daemons, as installed, hold jobs that take 1 s or 30 s; one of them
// gets SIGKILL at a moment chosen at random, and the clock of each job that it held runs from there until another worker holds it
// with a higher fence. A new daemon takes the place of the one that was killed. Prints a Markdown table.
//
//   cmake --preset release && cmake --build --preset release && (cd tests/flow && npm ci)
//   node bench/recovery.mjs [ROUNDS]        kills for each length of jobs, default 12
process.env.PACKREPORT_BUILD ??= new URL('../build/release', import.meta.url).pathname
const { ACCOUNT, World, eventually } = await import('../tests/flow/lib/harness.mjs')
const { furnish } = await import('../tests/flow/lib/fixtures.mjs')

const ROUNDS = Number(process.argv[2] ?? 12)
const SLOTS = 32 // of each daemon: enough for all packs, so that nothing but the recovery is waited for
const LEASE_MS = 10000
const packs = Array.from({ length: 20 }, (_, n) => `pack-${n}`)
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.ceil(q * list.length) - 1)]
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// fence|attempts|crashes|flags|owner|…, as docs/redis.md has it.
async function jobsOf(world) {
  const jobs = await world.redis.hgetall(world.key('jobs'))
  return Object.entries(jobs).map(([id, text]) => ({ id, fence: Number(text.split('|')[0]), owner: text.split('|')[4] }))
}

async function keepBusy(world, state) {
  while (!state.isOver) {
    for (const pack of packs) await world.submit({ pack })
    await pause(1000)
  }
}

// From the kill until each job that the worker held is held by another one, or over.
async function recoveries(world, daemon) {
  const mine = new RegExp(`^${daemon.worker}\\b`)
  const held = await eventually('it holds jobs', async () => {
    const list = (await jobsOf(world)).filter(job => mine.test(job.owner))
    return list.length >= packs.length / 4 ? list : null
  })
  await daemon.end('SIGKILL')
  const begin = Date.now()
  const waits = []
  const open = new Map(held.map(job => [job.id, job]))
  await eventually('each job is held by another', async () => {
    const now = new Map((await jobsOf(world)).map(job => [job.id, job]))
    for (const [id, was] of open) {
      const is = now.get(id)
      if (is && !(is.fence > was.fence && is.owner !== '')) continue
      open.delete(id)
      if (is) waits.push(Date.now() - begin) // else it ended between the look at it and the kill
    }
    return open.size === 0
  }, { deadlineMs: 120000, intervalMs: 10 })
  return waits
}

async function measure(seconds) {
  const world = new World()
  const state = { isOver: false }
  try {
    await world.startRedis()
    furnish(world, { packs })
    const begin = async () => {
      const worker = `w${world.daemonCount + 1}`
      const daemon = await world.startDaemon({ 'log.level': 'warning', 'worker.max_jobs': String(SLOTS), 'queue.lease': `${LEASE_MS}ms`,
        'worker.sweep_interval': '1s', 'drill.step': 'evaluate', 'drill.stall': `${seconds}s` }, { ready: false })
      return Object.assign(daemon, { worker })
    }
    const daemons = [await begin(), await begin()]
    const producer = keepBusy(world, state)
    const waits = []
    for (let round = 0; round < ROUNDS; round++) {
      await pause(Math.random() * 3000)
      const found = await recoveries(world, daemons[round % 2])
      daemons[round % 2] = await begin()
      waits.push(...found)
      console.error(`jobs of ${seconds} s, kill ${round + 1}: ${found.length} jobs, ${found.join(' ')} ms`)
    }
    state.isOver = true
    await producer
    return waits
  } finally {
    state.isOver = true
    await world.end()
  }
}

const rows = []
for (const seconds of [1, 30]) {
  const waits = await measure(seconds)
  rows.push(`| ${seconds} s | ${waits.length} | ${quantile(waits, 0.5)} | ${quantile(waits, 0.99)} | ${Math.max(...waits)} |`)
}
console.log(`${ROUNDS} kills for each length; lease ${LEASE_MS} ms, account ${ACCOUNT}; ms from SIGKILL until another worker holds the job\n`)
console.log(`| jobs of | jobs taken over | p50 | p99 | worst |\n|---|--:|--:|--:|--:|\n${rows.join('\n')}`)
