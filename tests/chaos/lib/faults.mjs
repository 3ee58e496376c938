// SPDX-License-Identifier: MIT
//
// The faults of a run: which, when, whom and how long is drawn before it begins, so that a seed gives the same schedule on any
// machine. What meets what is then up to the machine.
import { PACKS } from './bench.mjs'
import { WIRE_FAULTS } from './proxy.mjs'

const RESTART_S = 1.5 // of a daemon, until the next fault may hit it
const UPSTREAM_TROUBLES = ['500', '503', '429-retry-1', '429', 'silent', 'reset', 'cut', 'short', 'slow-700', '400-missing']
const LINE_DRAWS = 50
const LATE_MS = 10000 // when servers took longer to be well again than was thought, those of their faults that are so late are left out

// Of everything but the topology: weight, least and most seconds, what it hits, and how it begins and ends.
function kinds(bench, longestPauseS) {
  const { fleet } = bench
  const each = fleet.programs.map((_, n) => n)
  const wires = Object.fromEntries(WIRE_FAULTS.map(name => [name, {
    weight: 5, seconds: [0.2, 3], lines: each.map(n => `wire ${n}`),
    begin: ({ n }) => fleet.slots[n].wire.begin(name), end: ({ n }) => fleet.slots[n].wire.end(),
  }]))
  const daemons = each.map(n => `daemon ${n}`)
  const all = {
    kill: {
      weight: 8, seconds: [0, 1.2], lines: daemons, restS: RESTART_S, begin: ({ n }) => fleet.kill(n),
      end: ({ n, settings }) => fleet.start(n, settings),
    },
    drain: {
      weight: 3, seconds: [0.1, 2], lines: daemons, restS: RESTART_S,
      begin: ({ n }) => fleet.end(n), end: ({ n, settings }) => fleet.start(n, settings),
    },
    pause: {
      weight: 10, seconds: [0.3, longestPauseS], lines: daemons, begin: ({ n }) => fleet.signal(n, 'SIGSTOP'),
      end: ({ n }) => fleet.signal(n, 'SIGCONT'),
    },
    reset: { weight: 6, seconds: [0, 0], lines: each.map(n => `wire ${n}`), begin: ({ n }) => fleet.slots[n].wire.reset(), end: () => {} },
    ...wires,
    upstream: {
      weight: 7, seconds: [0.3, 3], lines: ['upstream'], begin: ({ trouble }) => PACKS.forEach(id => bench.upstream.behave(id, trouble)),
      end: () => PACKS.forEach(id => bench.upstream.behave(id, 'ok')),
    },
    store_full: {
      weight: bench.disk ? 6 : 0, seconds: [0.3, 2.5], lines: ['store'], begin: () => bench.disk.fill(), end: () => bench.disk.empty(),
    },
  }
  for (const [name, kind] of Object.entries(bench.topology.faults)) {
    all[name] = { lines: ['redis'], restS: bench.topology.restS, isOfServers: true, ...kind }
  }
  return all
}

export class Faults {
  // `count` faults within `seconds`.
  constructor(bench, draw, { count, seconds, longestPauseS }) {
    Object.assign(this, { bench, draw, kinds: kinds(bench, longestPauseS) })
    this.schedule = this.drawSchedule(count, seconds)
    this.lines = new Map()
  }

  drawSchedule(count, seconds) {
    const { draw } = this
    const freeAt = new Map()
    const weights = Object.fromEntries(Object.entries(this.kinds).map(([name, { weight }]) => [name, weight]))
    const starts = Array.from({ length: count }, () => draw.unit() * seconds).sort((a, b) => a - b)
    return starts.map(at => this.drawFault(at, weights, freeAt))
  }

  // A line is what one fault at a time can hit; when all of a kind are taken, another kind is drawn.
  drawFault(at, weights, freeAt) {
    const { draw } = this
    let name, line
    for (let n = 0; n < LINE_DRAWS && !line; n++) {
      name = draw.weighted(weights)
      line = draw.pick(this.kinds[name].lines.filter(one => (freeAt.get(one) ?? 0) <= at))
    }
    line ??= draw.pick(this.kinds[name].lines)
    const [least, most] = this.kinds[name].seconds
    const lasts = least + draw.unit() * (most - least)
    const from = Math.max(at, freeAt.get(line) ?? 0)
    freeAt.set(line, from + lasts + (this.kinds[name].restS ?? 0))
    return {
      at: Number(from.toFixed(2)), kind: name, line, seconds: Number(lasts.toFixed(2)), n: Number(line.split(' ')[1] ?? 0),
      ...(this.kinds[name].isOfServers && { which: Number(draw.unit().toFixed(3)) }),
      ...(name === 'upstream' && { trouble: draw.pick(UPSTREAM_TROUBLES) }),
      ...(/^(kill|drain)$/.test(name) && { settings: this.bench.fleet.drill(draw) }),
    }
  }

  // Runs the whole schedule, and ends when its last fault has.
  async run() {
    const startMs = Date.now()
    const until = seconds => new Promise(resolve => setTimeout(resolve, Math.max(0, startMs + seconds * 1000 - Date.now())))
    for (const fault of [...this.schedule].sort((a, b) => a.at - b.at)) {
      await until(fault.at)
      const before = this.lines.get(fault.line) ?? Promise.resolve()
      this.lines.set(fault.line, before.then(() => this.apply(fault, startMs))
        .catch(error => this.bench.trouble(`${fault.kind} on ${fault.line}: ${error.stack}`)))
    }
    await Promise.all(this.lines.values())
  }

  async apply(fault, startMs) {
    const { begin, end, isOfServers } = this.kinds[fault.kind]
    if (isOfServers && Date.now() > startMs + fault.at * 1000 + LATE_MS) return
    const note = { ...fault, begunAt: (Date.now() - startMs) / 1000 }
    const ofServers = isOfServers && { kind: fault.kind, from: Date.now(), over: null, to: null }
    if (ofServers) this.bench.serverFaults.push(ofServers)
    this.bench.faults.push(note)
    await begin(fault)
    await new Promise(resolve => setTimeout(resolve, fault.seconds * 1000))
    if (ofServers) ofServers.over = Date.now()
    await end(fault)
    note.endedAt = (Date.now() - startMs) / 1000
    if (ofServers) ofServers.to = Date.now()
  }
}
