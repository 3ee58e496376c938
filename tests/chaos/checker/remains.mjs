// SPDX-License-Identifier: MIT
//
// What must hold of that which is left when all is over: the files in the store, the keys in Redis, the ends of the daemons.
import { reportOf } from './texts.mjs'

// The last ending of each job.
const lastEndings = walk => [...walk.jobs.values()].flatMap(job => job.endings.filter(ending => ending.isLast).slice(-1)
  .map(ending => ({ job, ending })))

const pathOf = folder => `${folder.account}/${folder.pack}/${folder.report}/${folder.fence}`

function checkManifest(folder, report) {
  const what = pathOf(folder)
  const { manifest } = folder
  if (!manifest) {
    report('files-match', `${what} has no manifest`)
    return
  }
  const is = { accountId: folder.account, compliancePackId: folder.pack, reportId: folder.report, fence: folder.fence }
  for (const [name, value] of Object.entries(is)) {
    if (String(manifest[name]) !== value) report('files-match', `${what}: the manifest's ${name} is ${manifest[name]}`)
  }
  const found = new Map(folder.files.filter(file => file.name !== 'manifest.json').map(file => [file.name, file]))
  for (const file of manifest.files) {
    const real = found.get(file.name)
    if (!real) report('files-match', `${what}: ${file.name} is missing`)
    else if (real.sha256 !== file.sha256 || real.bytes !== file.bytes) report('files-match', `${what}: ${file.name} is another`)
    found.delete(file.name)
  }
  for (const name of found.keys()) report('files-match', `${what}: ${name} is not in the manifest`)
}

function checkVisible(history, walk, report) {
  const folders = new Map(history.store.folders.map(folder => [`/${pathOf(folder)}`, folder]))
  for (const { job, ending } of lastEndings(walk)) {
    if (ending.outcome !== 'complete') continue
    const path = [...folders.keys()].find(name => ending.location.endsWith(name))
    if (!path) report('one-visible-report', `job ${job.id} is complete, and its files are not at ${ending.location}`)
    else checkManifest(folders.get(path), report)
  }
}

const daemonOf = (history, worker) => history.daemons.find(daemon => daemon.worker === worker.split(':').slice(0, 2).join(':'))

// Who had to remove the files of an attempt was killed, at `sinceMs` or later, before its log says that it did.
function wasKilledOver(history, worker, report, fence, sinceMs) {
  const daemon = daemonOf(history, worker)
  return Boolean(daemon?.killedAt) && daemon.killedAt >= sinceMs &&
    !daemon.said.some(line => line.event === 'job.step' && line.to === 'end' && line.report === report && line.fence === fence)
}

// Files of an attempt that is not the job's report. Its own worker removes them when it learns that it failed or came too late,
// the one that ends the job those of dead attempts. Both may be killed over it, the latter also before the end that it sent
// comes to Redis. A job that ends in a sweep, because its workers went silent over it, has nobody who removes anything.
function checkLeftover(history, walk, { report: id, fence, path }, report) {
  const job = walk.jobs.get(id)
  if (!job) {
    if (!walk.isLostJob(id)) report('no-orphans', `${path} belongs to no job`)
    return
  }
  const last = job.endings.find(ending => ending.isLast)
  if (!last || last.outcome === 'lease_ran_out') return
  const own = job.claims.find(claim => claim.fence === fence)
  const isExcused = wasKilledOver(history, last.worker, id, last.fence, 0) ||
    own && wasKilledOver(history, own.worker, id, fence, Number(last.ended_at))
  if (!isExcused) report('no-orphans', `${path} is left of a job that ended as "${last.outcome}" with fence ${last.fence}`)
}

function checkFolders(history, walk, report) {
  const complete = new Set(lastEndings(walk).filter(({ ending }) => ending.outcome === 'complete')
    .map(({ job, ending }) => `${job.id}/${ending.location.split('/').at(-1)}`))
  for (const folder of history.store.folders) {
    const isReport = complete.has(`${folder.report}/${folder.fence}`)
    if (!isReport) checkLeftover(history, walk, { ...folder, path: pathOf(folder) }, report)
  }
  for (const name of history.store.staging) {
    const [id, fence] = name.split('.')
    checkLeftover(history, walk, { report: id, fence, path: `.staging/${name}` }, report)
  }
  for (const path of history.store.strangers) report('no-orphans', `${path} in the store is nobody's`)
}

const CORE = new Set(['partitions', 'requests', 'jobs', 'creating', 'ready', 'running', 'delayed', 'held', 'dead', 'fence', 'fair',
  'events', 'workers', 'worker_info', 'grace', 'unfinished', 'accounts', 'control', 'paused'])
const EMPTY = ['ready', 'running', 'delayed', 'held', 'creating', 'unfinished', 'paused']

// The rule of each kind of key, by its name behind the prefix; gives what is wrong, or nothing.
const KINDS = {
  answer: (_, key) => key.ttl === -1 && 'never expires',
  history: (_, key) => key.ttl === -1 && 'never expires',
  nonce: (_, key) => key.ttl === -1 && 'never expires',
  token: (_, key, walk) => walk.view(key.value.report_id).job && walk.view(key.value.report_id).places[0] !== 'dead'
    ? key.ttl !== -1 && 'expires while its job is alive' : key.ttl === -1 && 'never expires',
  nonce: (_, key) => key.ttl === -1 && 'never expires',
  rate: (_, key) => key.ttl === -1 && 'never expires',
  report: (_, key) => reportOf(key.value).status === 'CREATING' && 'is CREATING for ever',
  dead: (name, _, walk) => walk.view(name).places[0] !== 'dead' && 'belongs to no dead job',
}

function checkKeys({ keys, unanswered, prefix }, walk, report) {
  for (const [full, key] of Object.entries(keys)) {
    const name = full.startsWith(prefix) ? full.slice(prefix.length) : ''
    const kind = name.split(':')[0]
    if (CORE.has(name)) continue
    const rule = name.includes(':') && KINDS[kind]
    const wrong = rule ? rule(name.slice(kind.length + 1), key, walk) : 'is no key that docs/redis.md names'
    if (wrong) report('no-orphans', `${full} ${wrong}`)
  }
  for (const name of EMPTY) if (keys[prefix + name]) report('no-orphans', `${name} is not empty`)
  if (unanswered > 0) report('no-orphans', `${unanswered} entries are left in the stream of requests`)
  for (const id of Object.keys(keys[`${prefix}jobs`]?.value ?? {})) {
    if (walk.view(id).places[0] !== 'dead') report('no-orphans', `the job ${id} is left`)
  }
}

// The log of writes and the keys that Redis shows must say the same, or this check reads the wrong thing.
function checkReplay({ keys, prefix }, walk, report) {
  for (const name of ['jobs', 'creating']) {
    const real = JSON.stringify(Object.entries(keys[prefix + name]?.value ?? {}).sort())
    const replayed = JSON.stringify([...walk.redis.hash(prefix + name)].sort())
    if (real !== replayed) report('replay', `"${name}" differs: ${real.slice(0, 300)} and ${replayed.slice(0, 300)}`)
  }
}

const STATUSES = { complete: 'COMPLETE', cancelled: 'CANCELLED' } // of a report whose job ended so; else FAILED

// The latest state of each pack is that of the last job that was accepted for it, its last complete report that of the last one
// that was completed.
function checkReports({ keys, prefix }, walk, report) {
  const latest = new Map()
  const complete = new Map()
  for (const { job, ending } of lastEndings(walk)) {
    const pack = `${job.account}:${job.pack}`
    if (!(Number(latest.get(pack)?.ending.ended_at) > Number(ending.ended_at))) latest.set(pack, { job, ending })
    const isLater = !(Number(complete.get(pack)?.ending.ended_at) > Number(ending.ended_at))
    if (ending.outcome === 'complete' && isLater) complete.set(pack, { job, ending })
  }
  for (const [pack, { job, ending }] of latest) {
    const shown = reportOf(keys[`${prefix}report:${pack}`]?.value)
    const status = STATUSES[ending.outcome] ?? 'FAILED'
    const last = complete.get(pack)
    if (shown.report_id !== job.id || shown.status !== status) {
      report('one-visible-report', `pack ${pack} shows ${shown.report_id} ${shown.status}, and ${job.id} was ${status} last`)
    } else if (last && (shown.complete_report_id !== last.job.id || shown.location !== last.ending.location)) {
      report('one-visible-report', `pack ${pack} shows the report ${shown.complete_report_id}, and ${last.job.id} was completed last`)
    }
  }
}

// What a daemon took for recorded must be.
function checkBeliefs(history, walk, report) {
  for (const daemon of history.daemons) {
    for (const line of daemon.said.filter(one => one.event === 'job.complete')) {
      const ending = walk.jobs.get(line.report)?.endings.find(one => one.outcome === 'complete')
      const isIts = ending?.fence === line.fence && ending.worker.startsWith(`${daemon.worker}:`)
      if (!isIts && !walk.isLostEnd(line.report, line.fence, daemon.worker)) report('no-stale-write', `${daemon.worker} was told that job ${line.report} is complete with fence ${line.fence}`)
    }
  }
}

function checkDaemons(history, report) {
  for (const daemon of history.daemons) {
    const isWanted = daemon.killedAt !== null ? daemon.signal === 'SIGKILL' : daemon.code === 0
    if (!isWanted) report('alive', `${daemon.worker} ended with ${daemon.signal ?? daemon.code}: ${daemon.lastWords}`)
  }
}

// Of one partition.
export function checkPartition(partition, walk, report) {
  checkKeys(partition, walk, report)
  checkReplay(partition, walk, report)
  checkReports(partition, walk, report)
}

// Of all partitions together, whose walks these are.
export function checkRemains(history, walks, report) {
  const all = {
    jobs: new Map(walks.flatMap(walk => [...walk.jobs])),
    isLostJob: id => walks.some(walk => walk.lost.jobs.has(id)),
    isLostEnd: (...end) => walks.some(walk => walk.lost.hasCompleted(...end)),
  }
  checkVisible(history, all, report)
  checkFolders(history, all, report)
  checkBeliefs(history, all, report)
  checkDaemons(history, report)
}
