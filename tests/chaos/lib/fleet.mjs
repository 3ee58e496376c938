// SPDX-License-Identifier: MIT
//
// The daemons: each with a wire of its own to Redis, each start of one a process of its own in the history.
import path from 'node:path'
import { BUILD, eventually } from '../../flow/lib/harness.mjs'

const STEPS = ['fetch', 'bind', 'evaluate', 'render', 'store', 'finish']
const SAID = new Set(['job.complete', 'job.step'])
const LAST_WORDS = 600
const START_MS = 180000 // on a machine that has other things to do, with connections to each partition of a cluster
const END_MS = 30000 // drain_timeout and all that a daemon may wait for on its way, many times over

// The lines of a log that matter here; the last one of a daemon that was killed may be half a line.
function saidIn(text) {
  return text.split('\n').flatMap(line => {
    try {
      const { event, report, fence, to } = JSON.parse(line)
      return SAID.has(event) ? [{ event, report, fence: String(fence), to }] : []
    } catch {
      return []
    }
  })
}

export class Fleet {
  // `bench`: see bench.mjs. `programs`: path of the program of each daemon.
  constructor(bench, programs) {
    this.bench = bench
    this.programs = programs
    this.slots = []
    this.lives = []
  }

  static programs(count, name = 'packreportd') { return Array(count).fill(path.join(BUILD, name)) }

  async open() {
    for (const [n, program] of this.programs.entries()) {
      this.slots.push({ name: `w${n + 1}`, program, wire: await this.bench.topology.wire(), life: null })
    }
  }

  // Most starts hold every job in one step for a while, so that faults meet jobs in every step.
  drill(draw) {
    if (!draw.chance(0.75)) return {}
    return { 'drill.step': draw.pick(STEPS), 'drill.stall': `${draw.whole(50, 900)}ms` }
  }

  start(n, more = {}) {
    const slot = this.slots[n]
    const { world } = this.bench
    const settings = world.settings({ ...this.bench.settings, ...slot.wire.place, 'worker.name': slot.name, ...more })
    const file = world.write(`${slot.name}-${this.lives.length}.ini`, settings)
    const process = world.start(slot.program, ['--config', file])
    slot.life = { slot, process, startedAt: Date.now(), killedAt: null }
    this.lives.push(slot.life)
    return slot.life
  }

  async kill(n) {
    const { life } = this.slots[n]
    if (!life.process.isRunning) return
    life.killedAt = Date.now()
    await life.process.end('SIGKILL')
  }

  signal(n, signal) { this.slots[n].life.process.kill(signal) }

  async isReady(n) {
    const { process } = this.slots[n].life
    await eventually(() => `${this.slots[n].name} is ready: ${process.stderr.text.slice(-LAST_WORDS)}`,
      () => !process.isRunning || process.stderr.text.includes('"daemon.ready"'), { deadlineMs: START_MS })
  }

  // Before its loop runs, a daemon that is told to end does so without a word, as any program.
  async isListening(n) {
    const { process } = this.slots[n].life
    await eventually(`${this.slots[n].name} listens`, () => !process.isRunning || /"redis\.(up|down)"/.test(process.stderr.text))
  }

  // Tells a daemon to end and waits until it has. One that does not is killed, which shows in the history.
  async end(n) {
    await this.isListening(n)
    const { process } = this.slots[n].life
    if (process.isRunning) process.kill('SIGTERM')
    await eventually('', () => !process.isRunning, { deadlineMs: END_MS }).catch(() => process.end('SIGKILL'))
  }

  // Ends all in order, so that what they clean up is cleaned up.
  async drain() { await Promise.all(this.slots.flatMap(({ life }, n) => life ? [this.end(n)] : [])) }

  async history() {
    return Promise.all(this.lives.map(async ({ slot, process, startedAt, killedAt }) => {
      const { code, signal } = await process.ended
      return {
        worker: `${slot.name}:${process.pid}`, startedAt, killedAt, code, signal,
        lastWords: process.stderr.text.slice(-LAST_WORDS), said: saidIn(process.stderr.text),
      }
    }))
  }
}
