#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// Whether anything grows in a daemon that runs for long: two daemons work for MINUTES on what comes over the stream, the front
// door and the command line, while connections to Redis are reset, a stopped daemon loses its leases, jobs are cancelled, and
// /metrics is read. Records live for a minute only, so that Redis should be as full at the end as it was early on. Prints a
// Markdown table of resident memory, descriptors and threads of each daemon, and of memory and keys of Redis, as medians of the
// second and of the last sixth of the time; at the end each accepted request must have its report.
//
//   cmake --preset release && cmake --build --preset release && (cd tests/flow && npm ci)
//   node bench/soak.mjs [MINUTES [RATE]]        default 60 minutes, 20 requests a second
import fs from 'node:fs'
import http from 'node:http'
process.env.PACKREPORT_BUILD ??= new URL('../build/release', import.meta.url).pathname
const { ACCOUNT, World, eventually } = await import('../tests/flow/lib/harness.mjs')
const { furnish } = await import('../tests/flow/lib/fixtures.mjs')
const { generate, get } = await import('../tests/flow/lib/door.mjs')

const MINUTES = Number(process.argv[2] ?? 60)
const RATE = Number(process.argv[3] ?? 20)
const PACKS = 200
const SAMPLE_MS = 5000
const SHORT_LIVED = { 'queue.token_ttl': '1min', 'queue.answer_ttl': '1min', 'queue.history_ttl': '1min', 'store.keep_count': '2' }
const packs = Array.from({ length: PACKS }, (_, n) => `pack-${n}`)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

const world = new World()
const samples = []
const counts = { requests: 0, refused: 0, resets: 0, stops: 0, cancels: 0, scrapes: 0 }
let isOver = false

function processSample(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = name => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1])
  return { 'resident KiB': number('VmRSS'), descriptors: fs.readdirSync(`/proc/${pid}/fd`).length, threads: number('Threads') }
}

async function sample(daemons) {
  const row = {}
  daemons.forEach((daemon, n) => {
    for (const [what, value] of Object.entries(processSample(daemon.pid))) row[`daemon ${n + 1}: ${what}`] = value
  })
  row['Redis: used memory, KiB'] = Math.round(Number(/used_memory:(\d+)/.exec(await world.redis.info('memory'))[1]) / 1024)
  row['Redis: keys'] = await world.redis.dbsize()
  row['Redis: connections'] = Number(/connected_clients:(\d+)/.exec(await world.redis.info('clients'))[1])
  samples.push(row)
}

// What one of the listeners says where it is.
async function listening(daemon, event) {
  const line = await eventually(`${event} of ${daemon.pid}`, () =>
    daemon.stderr.text.split('\n').filter(text => text.includes(`"${event}"`)).map(text => JSON.parse(text))[0])
  return line.address
}

function scrape(address) {
  return new Promise((resolve, reject) => {
    http.get(`http://${address}/metrics`, response => { response.resume(); response.on('end', resolve) }).on('error', reject)
  })
}

async function request(doors, n) {
  const pack = packs[Math.floor(Math.random() * PACKS)]
  const door = doors[n % doors.length]
  counts.requests++
  if (n % 4 === 0) {
    const { status } = await generate(door, pack, n % 8 === 0 ? { ClientToken: `token-${n}` } : {}).catch(() => ({ status: 0 }))
    if (status !== 200) counts.refused++ // one is in the making, or the daemon is stopped
  } else if (n % 4 === 1) {
    await get(door, pack).catch(() => {})
  } else {
    await world.submit({ pack, token: n % 3 === 0 ? `token-${n}` : undefined })
  }
}

async function produce(doors) {
  for (let n = 0; !isOver; n++) {
    void request(doors, n).catch(() => {})
    await pause(1000 / RATE)
  }
}

async function disturb(daemons, monitors) {
  for (let n = 0; !isOver; n++) {
    await pause(10000)
    if (isOver) break
    if (n % 3 === 0) { await world.redis.client('KILL', 'TYPE', 'normal').catch(() => {}); counts.resets++ }
    if (n % 6 === 1) {
      const daemon = daemons[n % daemons.length]
      daemon.kill('SIGSTOP')
      await pause(6000)
      daemon.kill('SIGCONT')
      counts.stops++
    }
    if (n % 2 === 0) { await world.cli(['cancel', '--account', ACCOUNT, '--pack', packs[n % PACKS]], { status: null }); counts.cancels++ }
    for (const address of monitors) { await scrape(address).catch(() => {}); counts.scrapes++ }
  }
}

function report() {
  const sixth = Math.floor(samples.length / 6)
  const early = samples.slice(sixth, 2 * sixth)
  const late = samples.slice(-sixth)
  const said = Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(', ')
  console.log(`${MINUTES} minutes, ${samples.length} samples; ${said}; at the end each job has ended.\n`)
  console.log('| | second sixth | last sixth | ratio |\n|---|--:|--:|--:|')
  for (const what of Object.keys(samples[0])) {
    const [a, b] = [early, late].map(rows => median(rows.map(row => row[what])))
    console.log(`| ${what} | ${a} | ${b} | ${(b / a).toFixed(3)} |`)
  }
}

try {
  await world.startRedis()
  furnish(world, { packs })
  const settings = { ...SHORT_LIVED, 'log.level': 'info', 'queue.lease': '4s', 'redis.command_timeout': '2s', 'api.listen': '127.0.0.1:0', 'monitor.listen': '127.0.0.1:0' }
  const daemons = [await world.startDaemon(settings), await world.startDaemon(settings)]
  const doors = await Promise.all(daemons.map(daemon => listening(daemon, 'api.listening')))
  const monitors = await Promise.all(daemons.map(daemon => listening(daemon, 'monitor.listening')))
  const work = [produce(doors), disturb(daemons, monitors)]
  const end = Date.now() + MINUTES * 60000
  while (Date.now() < end) {
    await pause(SAMPLE_MS)
    for (const daemon of daemons) {
      if (!daemon.isRunning) throw new Error(`a daemon ended: ${daemon.stderr.text.slice(-2000)}`)
      daemon.stderr.text = daemon.stderr.text.slice(-65536)
    }
    await sample(daemons).catch(() => {}) // its own connection is reset now and then
    if (samples.length % 60 === 0) console.error(JSON.stringify(samples.at(-1)))
  }
  isOver = true
  await Promise.all(work)
  await eventually('each job has ended', async () => (await world.redis.hgetall(world.key('unfinished')))[ACCOUNT] === undefined, { deadlineMs: 120000, intervalMs: 200 })
  const audit = await world.cli(['doctor'], { status: null })
  console.error(audit.stdout.trim())
  report()
} finally {
  isOver = true
  await world.end()
}
