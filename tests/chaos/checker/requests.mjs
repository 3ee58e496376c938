// SPDX-License-Identifier: MIT
//
// What must hold of requests, their answers and the accepted jobs, once the walk has gone through all writes.
import { checkDoor, pairDoor } from './door.mjs'

const sameRequest = (fields, answer) => fields.AccountId === answer.AccountId && fields.CompliancePackId === answer.CompliancePackId

// The answers by the name that they lie under, each recorded once.
function answersByName(walk, report) {
  const names = new Map()
  for (const answer of walk.answers) {
    if (names.has(answer.name)) report('answered-once', `the answer ${answer.name} was recorded twice`)
    else names.set(answer.name, answer)
  }
  return names
}

// Each request that reached the queue has one answer, each answer a request, in the stream or over HTTP. A worker that has read a
// request answers it also when the stream has lost it.
function checkAnswered(seen, walk, names, report) {
  const used = new Map()
  for (const entry of walk.entries) {
    const named = entry.fields.RequestId && names.get(entry.fields.RequestId)
    const own = names.get(entry.id)
    const isNamed = named && sameRequest(entry.fields, named.fields)
    const answer = isNamed ? named : own
    if (!answer) report('answered-once', `the request ${entry.fields.RequestId ?? ''} (${entry.id}) has no answer`)
    else if (isNamed && own) report('answered-once', `the request ${entry.fields.RequestId} has a second answer under ${entry.id}`)
    if (answer) used.set(answer.name, { answer, entry: used.get(answer.name)?.entry ?? entry })
  }
  const unclaimed = [...names.values()].filter(answer => !used.has(answer.name))
  for (const [name, pair] of pairDoor(seen.door ?? [], walk, unclaimed, report)) used.set(name, pair)
  for (const [name, answer] of names) {
    if (used.has(name)) continue
    const [id, fields] = [...walk.lost.entries].find(([entry, of]) => entry === name || of.RequestId === name) ?? []
    if (id) used.set(name, { answer, entry: { id, fields } })
    else report('answered-once', `the answer ${name} belongs to no request`)
  }
  return used
}

const isReuse = ({ answer, entry }) => answer.fields.Code === 'InvalidParameter' && answer.name === entry.id && entry.fields.RequestId

// What a token's requests must be answered, given what it is bound to.
function checkToken(bound, { answer, entry }, report) {
  const { Code, Replayed, ReportId, RequestId } = answer.fields
  const what = `token "${entry.fields.ClientToken}" of ${entry.fields.AccountId}, request ${answer.name}: ${Code}`
  if (bound && sameRequest(entry.fields, bound)) {
    if (Code !== 'Accepted' || Replayed !== '1' || ReportId !== bound.ReportId || RequestId !== bound.RequestId) {
      report('one-token-outcome', `${what} ${ReportId}, but the first answer was report ${bound.ReportId} of ${bound.RequestId}`)
    }
  } else if (bound && Code !== 'IdempotentParameterMismatch') {
    report('one-token-outcome', `${what}, but the token belongs to other parameters`)
  } else if (!bound && (Replayed === '1' || Code === 'IdempotentParameterMismatch')) {
    report('one-token-outcome', `${what}, but the token was not used before`)
  }
}

function checkRefusal(accepted, { answer, entry }, report) {
  const { Code } = answer.fields
  const pack = `${entry.fields.AccountId}:${entry.fields.CompliancePackId}`
  if (Code === 'CompliancePackReportCreating') {
    const isCreating = answer.unfinished > 0 || accepted.get(pack) === answer.step
    if (!isCreating) report('answered-right', `request ${answer.name}: ${Code}, but no report of ${pack} was being made`)
  } else if (Code !== 'Accepted' && Code !== 'IdempotentParameterMismatch') {
    report('answered-right', `request ${answer.name}: ${Code}: ${answer.fields.Message}`)
  }
}

function checkAccepted(walk, { answer, entry }, report) {
  const { ReportId, AccountId, CompliancePackId } = answer.fields
  const job = walk.jobs.get(ReportId)
  if (!job || job.account !== AccountId || job.pack !== CompliancePackId) {
    report('not-lost', `request ${answer.name} was accepted as ${ReportId}, and there never was such a job`)
  } else if (!sameRequest(entry.fields, answer.fields)) {
    report('answered-right', `request ${answer.name}: the answer is for another pack`)
  }
}

// In the order in which the answers were recorded, which is the order of the decisions.
function checkDecisions(walk, used, report) {
  const tokens = new Map()
  const accepted = new Map() // "account:pack" -> step of the last acceptance
  for (const { name } of walk.answers) {
    const pair = used.get(name)
    if (!pair || isReuse(pair)) continue
    const { answer, entry } = pair
    const token = entry.fields.ClientToken && `${entry.fields.AccountId} ${entry.fields.ClientToken}`
    if (token) checkToken(tokens.get(token), pair, report)
    else if (answer.fields.Replayed === '1') report('answered-right', `request ${name}: replayed without a token`)
    checkRefusal(accepted, pair, report)
    if (answer.fields.Code === 'Accepted' && answer.fields.Replayed !== '1') {
      checkAccepted(walk, pair, report)
      accepted.set(`${entry.fields.AccountId}:${entry.fields.CompliancePackId}`, answer.step)
      if (token && !tokens.has(token)) tokens.set(token, answer.fields)
    }
  }
}

// A token is bound once. Redis writes down when it forgets one (DEL), which takes longer than any run.
function checkBindings(walk, report) {
  const bound = new Map()
  for (const { key, requestId, reportId } of walk.bindings) {
    const before = bound.get(key) ?? reportId
    if (before !== reportId) report('one-token-outcome', `the token ${key} was bound to ${before}, then to ${reportId} by ${requestId}`)
    bound.set(key, reportId)
  }
}

function whereIs(walk, id) {
  const { job, places } = walk.view(id)
  return job ? `it is ${places.join(' and ') || 'nowhere'}, owner "${job.owner}", attempt ${job.attempts}` : 'it is gone'
}

// Every accepted job has one end, and says so once.
function checkEnds(walk, names, report) {
  for (const { fields } of names.values()) {
    if (fields.Code !== 'Accepted' || fields.Replayed === '1') continue
    const job = walk.jobs.get(fields.ReportId)
    if (!job) continue
    const last = job.endings.filter(ending => ending.isLast)
    if (last.length === 0) report('not-lost', `job ${job.id} was accepted and never ended: ${whereIs(walk, job.id)}`)
    if (last.length > 1) report('no-stale-write', `job ${job.id} ended ${last.length} times`)
    const told = job.statuses.join(' ')
    if (last.length === 1 && !/^CREATING (COMPLETE|FAILED|CANCELLED)$/.test(told)) {
      report('followed', `job ${job.id}: the events say "${told}"`)
    }
    if (last.length === 1 && job.toldFence !== last[0].fence) {
      report('followed', `job ${job.id} ended with fence ${last[0].fence}, and the events say ${job.toldFence}`)
    }
  }
  const accepted = new Set([...names.values()].map(({ fields }) => fields.ReportId))
  for (const job of walk.jobs.values()) {
    if (!accepted.has(job.id)) report('answered-right', `job ${job.id} was made, and nobody was told that it was accepted`)
    if (job.statuses.length > 0 && job.statuses[0] !== 'CREATING') report('followed', `job ${job.id}: events "${job.statuses}"`)
  }
}

// What producers saw and those who followed along is what is there.
function checkSeen({ requests, events }, walk, names, report) {
  const added = new Set(walk.entries.map(entry => entry.id))
  for (const request of requests) {
    if (request.outcome === 'added' && request.entryId && !added.has(request.entryId) && !walk.lost.entries.has(request.entryId)) {
      report('not-lost', `Redis lost the request ${request.entryId} after it had confirmed it`)
    }
    const now = request.answer && names.get(request.answer.name)?.fields
    const isSame = now && now.Code === request.answer.Code && now.ReportId === request.answer.ReportId
    if (request.answer && !isSame && !walk.lost.hasAnswer(request.answer)) {
      report('answered-once', `the answer ${request.answer.name} changed from ${request.answer.Code} to ${now?.Code}`)
    }
  }
  const seen = new Set(events.map(event => event.id))
  // Who has read an event that was lost asks for later ones only.
  const passed = events.map(event => event.id).filter(id => walk.lost.events.has(id)).map(id => Number(id.split('-')[0]))
  for (const event of walk.events) {
    const isPassed = passed.some(ms => ms >= Number(event.id.split('-')[0]))
    if (!seen.has(event.id) && !isPassed) report('followed', `the event ${event.id} was never to be read`)
  }
}

// `seen`: {requests, events, door, looks} of the partition, as producers, followers and callers saw them.
export function checkRequests(seen, walk, report) {
  const names = answersByName(walk, report)
  const used = checkAnswered(seen, walk, names, report)
  checkDecisions(walk, used, report)
  checkBindings(walk, report)
  checkEnds(walk, names, report)
  checkSeen(seen, walk, names, report)
  checkDoor(seen, walk, report)
}
