// SPDX-License-Identifier: MIT
//
// What must hold of requests over HTTP: who asked there knows the name of an answer only from the answer itself, so that one that
// was lost on its way is found by what was asked. Written from docs/api.md and docs/redis.md.
import { createHash } from 'node:crypto'

const CLOCK_SLACK_MS = 2 // Redis and those who ask read the same clock, and cut to milliseconds

const sha256 = text => createHash('sha256').update(text).digest('hex')
const isSamePack = (fields, answer) => fields.AccountId === answer.AccountId && fields.CompliancePackId === answer.CompliancePackId
const nameOf = ({ AccountId, CompliancePackId, ClientToken }) => `for ${CompliancePackId} of ${AccountId}, token "${ClientToken ?? ''}"`

function groupById(answers) {
  const groups = new Map()
  for (const answer of answers) {
    const { RequestId } = answer.fields
    groups.set(RequestId, [...(groups.get(RequestId) ?? []), answer])
  }
  return groups
}

// Takes the recorded answer out of its group that a try was given: the first one to a request has its own RequestId, those to a
// repeated token have the first one's.
function takeTold(groups, fields, { code, requestId }) {
  const group = groups.get(requestId) ?? []
  const at = group.findIndex(answer => answer.fields.Code === code && isSamePack(fields, answer.fields))
  return at < 0 ? null : group.splice(at, 1)[0]
}

// Of an answer that nobody was told: the request behind it, whose try has an outcome that is not known.
function takeUntold(open, answer, digests) {
  const { fields: { Code, RequestId } } = answer
  const digest = digests.get(RequestId)
  const isIts = ({ fields }) => isSamePack(fields, answer.fields) &&
    (Code !== 'Accepted' || (fields.ClientToken ? sha256(fields.ClientToken) : undefined) === digest)
  const at = open.findIndex(isIts)
  if (at < 0) return null
  const [{ fields }] = open.splice(at, 1)
  // Which token a refusal was for is not recorded, and several may have asked.
  return Code === 'Accepted' ? fields : { AccountId: fields.AccountId, CompliancePackId: fields.CompliancePackId }
}

// Of answers that no entry of the stream has: [name, {answer, entry}], `entry` being the request over HTTP in the shape of one.
export function pairDoor(requests, walk, answers, report) {
  const groups = groupById(answers)
  const pairs = []
  const pair = (answer, fields) => pairs.push([answer.name, { answer, entry: { id: answer.name, fields } }])
  const tries = requests.flatMap(({ fields, tries }) => tries.map(one => ({ fields, ...one })))
  for (const one of tries.filter(({ outcome }) => outcome === 'answered')) {
    const answer = takeTold(groups, one.fields, one)
    if (answer) pair(answer, one.fields)
    else report('answered-once', `the request over HTTP ${nameOf(one.fields)} was answered ${one.code} as ${one.requestId}, and Redis has no such answer`)
  }
  const digests = new Map(walk.bindings.map(({ key, requestId }) => [requestId, key.split(':')[1]]))
  const open = tries.filter(({ outcome }) => outcome === 'unknown')
  for (const answer of [...groups.values()].flat()) {
    const fields = takeUntold(open, answer, digests)
    if (fields) pair(answer, fields)
  }
  return pairs
}

// ---- what Get showed

// Of each pack, its jobs in the order of their acceptance: {id, from, to, isComplete}.
function jobsByPack(walk) {
  const packs = new Map()
  for (const { id, account, pack, endings } of walk.jobs.values()) {
    const last = endings.at(-1)
    const { job } = walk.view(id)
    const from = Number((last ?? job)?.accepted_at)
    const isOver = last?.isLast ?? false
    const line = { id, from, to: isOver ? Number(last.ended_at) : Infinity, isComplete: isOver && last.outcome === 'complete' }
    packs.set(`${account}:${pack}`, [...(packs.get(`${account}:${pack}`) ?? []), line])
  }
  for (const jobs of packs.values()) jobs.sort((a, b) => a.from - b.from)
  return packs
}

// The states of a pack, one after the other: {status, complete: the job whose report is linked, from, to}.
function statesOf(jobs) {
  const states = [{ status: 'NONE', complete: null, from: -Infinity, to: jobs[0]?.from ?? Infinity }]
  let complete = null
  for (const [n, job] of jobs.entries()) {
    states.push({ status: 'CREATING', complete, from: job.from, to: job.to })
    if (job.isComplete) complete = job
    states.push({ status: job.isComplete ? 'COMPLETE' : 'NONE', complete, from: job.to, to: jobs[n + 1]?.from ?? Infinity })
  }
  return states
}

function shows({ ReportStatus, ReportUrl, ReportCreateTimestamp }, { status, complete }) {
  if (ReportStatus !== status) return false
  if (!complete) return ReportUrl === undefined && ReportCreateTimestamp === undefined
  return ReportCreateTimestamp === complete.to && String(ReportUrl).includes(`/${complete.id}/`)
}

// What was shown is what was so at some moment between question and answer.
function checkLooks(looks, walk, report) {
  const states = new Map([...jobsByPack(walk)].map(([pack, jobs]) => [pack, statesOf(jobs)]))
  for (const { account, pack, sentAt, gotAt, report: shown } of looks) {
    const possible = (states.get(`${account}:${pack}`) ?? statesOf([]))
      .filter(({ from, to }) => from <= gotAt + CLOCK_SLACK_MS && to >= sentAt - CLOCK_SLACK_MS)
    if (!possible.some(state => shows(shown, state))) {
      const right = possible.map(({ status, complete }) => `${status} with ${complete?.id ?? 'nothing'}`).join(', then ')
      report('shown-right', `pack ${pack} of ${account} was shown as ${JSON.stringify(shown)} at ${gotAt}; it was ${right}`)
    }
  }
}

export function checkDoor({ door = [], looks = [] }, walk, report) {
  for (const { fields, tries } of door) {
    if (!tries.some(({ outcome }) => outcome === 'answered')) {
      report('answered-once', `the request over HTTP ${nameOf(fields)} was never answered, in ${tries.length} tries`)
    }
  }
  checkLooks(looks, walk, report)
}
