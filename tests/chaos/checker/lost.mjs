// SPDX-License-Identifier: MIT
//
// What a failover lost: writes that a master took and that its successor never had. docs/operations.md promises that an orderly
// change of masters loses nothing, that any other loses no more than the writes of a moment, and that what is left is consistent.
// So the history that won is held to all properties, and what was seen by others and is not in it must be among these writes.
import { endingOf } from './texts.mjs'

// Faults in which a server becomes the master without what the one before had taken last, and how long a time the writes may be
// of, in ms. A master that is killed, or stands still, has replicas that lag min-replicas-max-lag at most, 2 s here, which
// Redis looks at once a second. One that goes on takes writes until the last replica has left it: when Sentinel tells that, it
// says itself. SENTINEL FAILOVER begins so.
const MAY_LOSE = new Map([['master_kill', 3000], ['master_pause', 6000], ['sentinel_failover', Infinity]])
const BEFORE_MS = 1000 // how long before a fault a write may have been under way to the replicas

function timesOf([name, key, ...args]) {
  const command = name.toUpperCase()
  if (command === 'XADD') return args.filter(text => /^\d{13}-\d+$/.test(text)).slice(0, 1).map(id => Number(id.split('-')[0]))
  if (command === 'ZADD' && key.endsWith(':workers')) return args.filter(text => /^\d{13}$/.test(text)).map(Number)
  return []
}

export class Lost {
  entries = new Map() // of `requests`: id -> fields
  answers = [] // {name, fields}
  events = new Set()
  jobs = new Set() // ids
  endings = [] // {id, outcome, fence, worker}

  // `walk` knows how to read commands.
  constructor(tails, walk) {
    for (const { steps } of tails) for (const command of steps.flat()) this.note(command, walk)
  }

  note([name, key, ...args], walk) {
    const command = name.toUpperCase()
    const kind = walk.nameOf(key)
    if (command === 'XADD' && kind === 'requests') {
      const { id, fields } = walk.requestOf(args)
      this.entries.set(id, fields)
    } else if (command === 'XADD' && kind === 'events') this.events.add(walk.entryOf(args).id)
    else if (command === 'HSET' && kind.startsWith('answer:')) this.answers.push({ name: kind.slice('answer:'.length), fields: walk.fieldsOf(args) })
    else if (command === 'HSET' && kind === 'jobs') args.filter((_, n) => n % 2 === 0).forEach(id => this.jobs.add(id))
    else if (command === 'SET' && kind.startsWith('history:')) this.noteEnding(kind.slice('history:'.length), args[0])
  }

  noteEnding(id, history) {
    const { outcome, fence, worker } = endingOf(history)
    this.jobs.add(id)
    this.endings.push({ id, outcome, fence, worker })
  }

  hasAnswer({ name, Code, ReportId }) {
    return this.answers.some(answer => answer.name === name && answer.fields.Code === Code && answer.fields.ReportId === ReportId)
  }

  hasCompleted(id, fence, worker) {
    return this.endings.some(one => one.id === id && one.outcome === 'complete' && one.fence === fence && one.worker.startsWith(`${worker}:`))
  }
}

// Of the times before and after the fault ended, between which a server that was stopped took nothing.
function longest(times, { over }) {
  const spans = [times.filter(ms => ms < over), times.filter(ms => ms >= over)].filter(part => part.length > 0)
  return Math.max(...spans.map(part => Math.max(...part) - Math.min(...part)))
}

// The lost writes of a server are those of one moment, and of a fault that may lose some.
export function checkLost(history, { prefix, lost, whileMoving }, report) {
  const faults = history.serverFaults ?? []
  for (const { node, steps } of lost) {
    const times = steps.flat().flatMap(timesOf)
    const what = `${steps.length} writes of ${prefix} that ${node} took`
    if (times.length === 0) continue
    const [first, last] = [Math.min(...times), Math.max(...times)]
    const near = faults.filter(({ from, to }) => first >= from - BEFORE_MS && first <= (to ?? Infinity))
    const fault = near.find(({ kind }) => MAY_LOSE.has(kind))
    if (near.length === 0) report('not-lost', `${what} from ${first} on are lost, and no server had a fault`)
    else if (!fault) report('not-lost', `${what} from ${first} on are lost by ${near[0].kind}, which loses nothing`)
    else if (longest(times, fault) > MAY_LOSE.get(fault.kind)) {
      report('not-lost', `${what} are lost from ${first} to ${last}, which is more than a moment for ${fault.kind}`)
    }
  }
  for (const step of whileMoving) report('one-place', `while the slot of ${prefix} was half moved: ${step[0].slice(0, 3).join(' ')}`)
}
