// SPDX-License-Identifier: MIT
//
// Walks through the writes of Redis in their order, one atomic step after the other, and checks at each what must hold at any
// moment: a job is in one place, a pack has one unfinished job, a job has one owner, and only the owner ends it. What it
// learns of requests, answers and jobs is handed on to the checks of the end.
import { Replay } from './replay.mjs'
import { endingOf, recordOf, reportOf } from './texts.mjs'

const PLACES = ['ready', 'running', 'delayed', 'held', 'dead']
const ENDS_OF_JOBS = new Set(['complete', 'failed', 'cancelled', 'dead'])

export const pairs = list => Object.fromEntries(Array.from({ length: list.length / 2 }, (_, n) => [list[2 * n], list[2 * n + 1]]))

export class Walk {
  entries = [] // of `requests`, in their order: {id, fields}
  answers = [] // {name, fields, step, unfinished: jobs of its pack before the step}, in the order in which they were recorded
  bindings = [] // of ClientTokens, in their order: {key: "account:sha256", requestId, reportId}
  events = [] // {id, changes}
  jobs = new Map() // ReportId -> {account, pack, claims, endings, statuses}
  violations = []

  constructor(prefix) {
    this.prefix = prefix
    this.redis = new Replay()
    this.unfinished = new Map() // "account:pack" -> ids
    this.highestFence = 0 // of all claims
  }

  violation(property, text) { this.violations.push({ property, text }) }

  // The name of a key without what all have in front.
  nameOf(key) { return key?.startsWith(this.prefix) ? key.slice(this.prefix.length) : '' }

  run(effects) {
    effects.forEach((commands, step) => this.step(commands, step))
    return this
  }

  view(id) {
    const record = this.redis.hash(`${this.prefix}jobs`).get(id)
    return {
      job: record === undefined ? null : recordOf(record),
      places: PLACES.filter(place => this.redis.zset(this.prefix + place).has(id)),
      leaseEnd: this.redis.zset(`${this.prefix}running`).get(id),
    }
  }

  touchedJobs(commands) {
    const ids = new Set()
    for (const [name, key, ...args] of commands) {
      const command = name.toUpperCase()
      const kind = this.nameOf(key)
      if (kind === 'jobs') args.filter((_, n) => command === 'HDEL' || n % 2 === 0).forEach(id => ids.add(id))
      else if (PLACES.includes(kind) && command === 'ZPOPMIN') [...this.redis.zset(key).keys()].forEach(id => ids.add(id))
      else if (PLACES.includes(kind)) args.filter(text => !/^(-?[\d.e+]+|GT|-?inf)$/i.test(text)).forEach(id => ids.add(id))
      else if (kind.startsWith('history:')) ids.add(kind.slice('history:'.length))
    }
    return ids
  }

  step(commands, step) {
    const ids = this.touchedJobs(commands)
    const before = new Map([...ids].map(id => [id, this.view(id)]))
    const reports = this.reportsBefore(commands)
    const isAnswer = ([, key]) => this.nameOf(key).startsWith('answer:')
    const unfinished = commands.some(isAnswer) ? new Map([...this.unfinished].map(([pack, of]) => [pack, of.size])) : new Map()
    for (const command of commands) this.redis.apply(command)
    const after = new Map([...ids].map(id => [id, this.view(id)]))
    for (const command of commands) this.note(command, step, unfinished)
    const endings = this.noteEndings(commands, before, after)
    for (const id of ids) this.checkJob(id, before.get(id), after.get(id), endings)
    this.checkFences(before, after)
    this.checkReports(reports)
    this.checkCounts(commands)
  }

  // Whoever writes how many unfinished jobs an account has writes what it has.
  checkCounts(commands) {
    const key = `${this.prefix}unfinished`
    for (const [name, , ...args] of commands.filter(([, written]) => written === key)) {
      for (const account of args.filter((_, n) => name.toUpperCase() === 'HDEL' || n % 2 === 0)) {
        const packs = [...this.unfinished].filter(([pack]) => pack.startsWith(`${account}:`))
        const unfinished = packs.reduce((sum, [, ids]) => sum + ids.size, 0)
        const counted = Number(this.redis.hash(key).get(account) ?? 0)
        if (counted !== unfinished) this.violation('counted', `account ${account} has ${unfinished} unfinished jobs, and ${counted} are counted`)
      }
    }
  }

  note([name, key, ...args], step, unfinished) {
    const kind = this.nameOf(key)
    const command = name.toUpperCase()
    if (command === 'XADD' && kind === 'requests') this.noteEntry(args)
    else if (command === 'XADD' && kind === 'events') this.noteEvent(args)
    else if (command === 'HSET' && kind.startsWith('answer:')) {
      const fields = pairs(args)
      const pack = `${fields.AccountId}:${fields.CompliancePackId}`
      this.answers.push({ name: kind.slice('answer:'.length), fields, step, unfinished: unfinished.get(pack) ?? 0 })
    } else if (command === 'HSET' && kind.startsWith('token:')) {
      const { request_id: requestId, report_id: reportId } = pairs(args)
      this.bindings.push({ key: kind.slice('token:'.length), requestId, reportId })
    }
  }

  // The id and the fields of an XADD, whose options Redis has replaced by an id.
  entryOf(args) {
    const at = args.findIndex(text => /^\d+-\d+$/.test(text))
    return { id: args[at], list: args.slice(at + 1) }
  }

  fieldsOf(args) { return pairs(args) }

  requestOf(args) {
    const { id, list } = this.entryOf(args)
    return { id, fields: pairs(list), isWakeUp: list[0] === 'wake' }
  }

  noteEntry(args) {
    const { id, fields, isWakeUp } = this.requestOf(args)
    if (!isWakeUp) this.entries.push({ id, fields })
  }

  noteEvent(args) {
    const { id, list } = this.entryOf(args)
    const changes = Object.entries(pairs(list)).map(([report, text]) => [report, ...text.split(' ')])
    this.events.push({ id, changes })
    for (const [report, status, , , , fence] of changes) {
      this.jobOf(report).statuses.push(status)
      this.jobOf(report).toldFence = fence // of the last
    }
  }

  jobOf(id) {
    if (!this.jobs.has(id)) this.jobs.set(id, { id, account: '', pack: '', claims: [], endings: [], statuses: [] })
    return this.jobs.get(id)
  }

  // Ends of attempts, as the history of the job has them.
  noteEndings(commands, before, after) {
    const endings = new Map()
    for (const [name, key, text] of commands) {
      const kind = this.nameOf(key)
      if (name.toUpperCase() !== 'SET' || !kind.startsWith('history:')) continue
      const id = kind.slice('history:'.length)
      const ending = endingOf(text)
      ending.isLast = ENDS_OF_JOBS.has(ending.outcome) || !after.get(id).job || after.get(id).places[0] === 'dead'
      this.checkEnding(id, ending, before.get(id))
      this.jobOf(id).endings.push(ending)
      endings.set(id, ending)
    }
    return endings
  }

  checkEnding(id, ending, { job, leaseEnd }) {
    const what = `job ${id}: "${ending.outcome}" of ${ending.worker || 'nobody'} with fence ${ending.fence}`
    if (!job) {
      this.violation('no-stale-write', `${what} was accepted, and the job was over`)
      return
    }
    if (job.owner === '' || job.owner !== ending.worker || job.fence !== ending.fence) {
      this.violation('no-stale-write', `${what} was accepted, and it belonged to ${job.owner || 'nobody'} with fence ${job.fence}`)
    }
    if (ending.outcome === 'lease_ran_out' && leaseEnd > Number(ending.ended_at)) {
      this.violation('one-owner', `${what} at ${ending.ended_at}, but the lease ended at ${leaseEnd}`)
    }
    const place = `/${job.account}/${job.pack}/${id}/${ending.fence}`
    if (ending.outcome === 'complete' && !ending.location.endsWith(place)) {
      this.violation('no-stale-write', `${what} names the files of another attempt: ${ending.location}`)
    }
  }

  checkJob(id, before, after, endings) {
    const { job, places } = after
    if (job && places.length !== 1) {
      this.violation('one-place', `job ${id} is in ${places.length === 0 ? 'no place' : places.join(' and ')}`)
    } else if (!job && places.length > 0) {
      this.violation('one-place', `${places} holds ${id}, which is no job`)
    }
    if (job && (job.owner !== '') !== places.includes('running')) {
      this.violation('one-owner', `job ${id} is in ${places} and has the owner "${job.owner}"`)
    }
    if (before.job && !job && !endings.get(id)?.isLast && before.places[0] !== 'dead') {
      this.violation('not-lost', `job ${id} vanished from ${before.places} without an end`)
    }
    this.keepUnfinished(id, before, after)
    if (job && job.fence !== (before.job?.fence ?? '0')) this.noteClaim(id, before, job, endings.get(id))
  }

  keepUnfinished(id, before, after) {
    const { account, pack } = after.job ?? before.job ?? {}
    if (account === undefined) return
    const name = `${account}:${pack}`
    if (!this.unfinished.has(name)) this.unfinished.set(name, new Set())
    const ids = this.unfinished.get(name)
    if (after.job && after.places[0] !== 'dead') ids.add(id)
    else ids.delete(id)
    Object.assign(this.jobOf(id), { account, pack })
    if (ids.size > 1) this.violation('one-owner', `pack ${name} has several unfinished jobs: ${[...ids].join(', ')}`)
  }

  noteClaim(id, before, job, ending) {
    const { claims, endings } = this.jobOf(id)
    const last = endings.at(-1)
    const what = `job ${id} was given to ${job.owner} with fence ${job.fence}`
    if (before.job?.owner && !ending) {
      this.violation('one-owner', `${what} while ${before.job.owner} had it with fence ${before.job.fence}`)
    }
    if (last && Number(job.started_at) < Number(last.ended_at)) {
      this.violation('one-owner', `${what} at ${job.started_at}, before ${last.worker} was through at ${last.ended_at}`)
    }
    claims.push({ fence: job.fence, worker: job.owner })
  }

  // Each claim has a higher fence than all of the steps before, whatever the job.
  checkFences(before, after) {
    const given = [...after].filter(([id, { job }]) => job && job.fence !== (before.get(id).job?.fence ?? '0'))
    for (const [id, { job }] of given.filter(([, { job }]) => Number(job.fence) <= this.highestFence)) {
      this.violation('no-stale-write', `job ${id} was given to ${job.owner} with fence ${job.fence}, and ${this.highestFence} was given before`)
    }
    this.highestFence = given.reduce((highest, [, { job }]) => Math.max(highest, Number(job.fence)), this.highestFence)
  }

  reportsBefore(commands) {
    const keys = commands.map(([, key]) => key).filter(key => this.nameOf(key).startsWith('report:'))
    return new Map(keys.map(key => [key, this.fenceOf(key)]))
  }

  fenceOf(key) { return Number(reportOf(this.redis.strings.get(key)).fence ?? 0) }

  checkReports(fences) {
    for (const [key, before] of fences) {
      const fence = this.fenceOf(key)
      if (fence < before) this.violation('no-stale-write', `${this.nameOf(key)}: fence ${fence} over ${before}`)
    }
  }
}
