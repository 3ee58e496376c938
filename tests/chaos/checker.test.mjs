// SPDX-License-Identifier: MIT
//
// The checker on histories made by hand: a right one passes, and each way of breaking a promise is found under its name.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { check } from './checker.mjs'
import { readSteps } from './lib/log_of_writes.mjs'

const PREFIX = 'packreport:{0}:'
const ACCOUNT = '7'
const key = name => PREFIX + name
const sha256 = text => createHash('sha256').update(text).digest('hex')

// Texts as docs/redis.md has them: the record of a job, the end of an attempt, the report of a pack.
const record = ({ id, fence = '0', owner = '', startedAt = 0, pack = 'p', attempts = '1' }) =>
  [id, `${fence}|${attempts}|0||${owner}|${startedAt}||0|0|1|1000|${ACCOUNT}|${pack}|r-${id}|||`]
const ended = ({ outcome = 'complete', endedAt = 2000, location, ...job }) => ['SET', key(`history:${job.id}`),
  `${outcome}|${endedAt}|finish|${record({ startedAt: 1000, ...job })[1]}${location ? `\nlocation ${location}\nsummary {}` : ''}`, 'PXAT', '9']
const text = ({ id, pack = 'p', status = 'CREATING', fence = '0', completeId = '', location = '' }) => ['SET', key(`report:${ACCOUNT}:${pack}`),
  `${status}|${fence}|${id}|1000|0||\n\n${completeId}|\n${location}\n`]
const place = (id, fence, pack = 'p') => `/store/${ACCOUNT}/${pack}/${id}/${fence}`

const W1 = 'w1:11:a'
const W2 = 'w2:12:b'

// Steps of a history, each a list of commands.
const ask = (entry, { pack = 'p', requestId, token } = {}) => [['XADD', key('requests'), entry,
  'AccountId', ACCOUNT, 'CompliancePackId', pack, ...(requestId ? ['RequestId', requestId] : []), ...(token ? ['ClientToken', token] : [])]]
const answer = (name, { code = 'Accepted', report = '', pack = 'p', replayed = '0', requestId = name } = {}) => ['HSET',
  key(`answer:${name}`), 'Code', code, 'HttpStatus', '200', 'Message', '', 'RequestId', requestId, 'ReportId', report,
  'AccountId', ACCOUNT, 'CompliancePackId', pack,
  'Replayed', replayed, 'Fingerprint', pack]
const event = (entry, id, status, { pack = 'p', fence = '0' } = {}) => ['XADD', key('events'), 'MAXLEN', '~', '10', entry, id,
  `${status} ${ACCOUNT} ${pack}  ${fence}`]
const admit = (entry, id, { pack = 'p', name = entry } = {}) => [
  text({ id, pack }),
  ['HSET', key('creating'), `${ACCOUNT}:${pack}`, id], ['HSET', key('jobs'), ...record({ id, pack, attempts: '0' })],
  ['ZADD', key('ready'), '1', id], answer(name, { report: id, pack }), ['PEXPIREAT', key(`answer:${name}`), '9'],
  event(`${entry}1`, id, 'CREATING', { pack })]
const claim = (id, fence, owner, startedAt = 1000, pack = 'p') => [['ZREM', key('ready'), id],
  ['HSET', key('jobs'), ...record({ id, fence, owner, startedAt, pack })], ['ZADD', key('running'), String(startedAt + 1000), id]]
const recover = (id, fence, owner, endedAt) => [
  ended({ outcome: 'lease_ran_out', fence, owner, endedAt, id }), ['ZREM', key('running'), id],
  ['HSET', key('jobs'), ...record({ id, fence })], ['ZADD', key('ready'), '1', id]]
const complete = (id, fence, owner, { endedAt = 2000, location, pack = 'p' } = {}) => [
  text({ id, pack, status: 'COMPLETE', fence, completeId: id, location: location ?? place(id, fence, pack) }),
  ended({ fence, owner, endedAt, id, pack, location: location ?? place(id, fence, pack) }), ['ZREM', key('running'), id], ['HDEL', key('creating'), `${ACCOUNT}:${pack}`],
  ['HDEL', key('jobs'), id],
  event(`${endedAt}-0`, id, 'COMPLETE', { pack, fence })]

function folder(report, fence, pack = 'p') {
  const sha = sha256('bytes')
  return {
    account: ACCOUNT, pack, report, fence,
    files: [{ name: 'a.json', bytes: 5, sha256: sha }, { name: 'manifest.json', bytes: 1, sha256: '' }],
    manifest: {
      accountId: ACCOUNT, compliancePackId: pack, reportId: report, fence: Number(fence),
      files: [{ name: 'a.json', bytes: 5, sha256: sha }],
    },
  }
}

const daemon = (name, pid, said = [], more = {}) => ({
  worker: `${name}:${pid}`, killedAt: null, code: 0, signal: null, lastWords: '', said, ...more,
})
const report = (id, fence, status = 'COMPLETE') => ({
  type: 'string', ttl: -1, value: text({ id, status, fence, completeId: id, location: place(id, fence) })[2] })

// One request, one job: w1 lost its lease over it, w2 completed it.
function history(change = () => {}) {
  const made = {
    requests: [{ prefix: PREFIX, outcome: 'added', entryId: '1-0', answer: { name: '1-0', Code: 'Accepted', ReportId: 'A' } }],
    effects: [ask('1-0'), admit('1-0', 'A'), claim('A', '1', W1), recover('A', '1', W1, 2500), claim('A', '2', W2, 3000),
      complete('A', '2', W2, { endedAt: 3500 })],
    events: [{ id: '1-01' }, { id: '3500-0' }],
    final: {
      prefix: PREFIX, unanswered: 0, keys: {
        [key('partitions')]: { ttl: -1 }, [key(`report:${ACCOUNT}:p`)]: report('A', '2'), [key('answer:1-0')]: { ttl: 9, value: {} },
        [key('history:A')]: { ttl: 9, value: {} },
      },
    },
    store: { folders: [folder('A', '2')], staging: [], strangers: [] },
    daemons: [daemon('w1', 11), daemon('w2', 12, [{ event: 'job.complete', report: 'A', fence: '2' }])],
    serverFaults: [], lost: [], whileMoving: [], unsettled: null,
  }
  change(made)
  const { effects, lost, whileMoving, events, final, ...more } = made
  return { ...more, partitions: [{ effects, lost, whileMoving, events, ...final }] }
}

// Puts steps before the one at `at`.
const insert = (at, ...steps) => made => made.effects.splice(at, 0, ...steps)
const also = (made, ...names) => { for (const name of names) made.final.keys[key(name)] = { ttl: 9, value: {} } }

// A second request behind the first job, with the same token as the first had.
function withToken(...more) {
  return made => {
    made.effects[0] = ask('1-0', { token: 'T' })
    made.effects.push(...more)
    also(made, 'answer:9-0')
  }
}
const secondJob = [admit('9-0', 'B'), claim('B', '3', W2, 4000), complete('B', '3', W2, { endedAt: 5000 })]
function withSecondReport(made) {
  made.store.folders.push(folder('B', '3'))
  made.events.push({ id: '9-01' }, { id: '5000-0' })
  made.final.keys[key(`report:${ACCOUNT}:p`)] = report('B', '3')
  also(made, 'history:B')
}

// The second attempt does not complete the job: somebody cancels it.
const cancelled = (status = 'CANCELLED') => made => {
  made.effects[5] = [
    text({ id: 'A', status, fence: '2' }),
    ended({ outcome: 'cancelled', fence: '2', owner: W2, endedAt: 3500, id: 'A' }),
    ['ZREM', key('running'), 'A'], ['HDEL', key('creating'), `${ACCOUNT}:p`], ['HDEL', key('jobs'), 'A'],
    event('3500-0', 'A', status, { fence: '2' })]
  made.store.folders = []
  made.daemons[1].said = []
  made.final.keys[key(`report:${ACCOUNT}:p`)] = report('A', '2', status)
  also(made, 'control')
}

test('a right history has no violation', () => assert.deepEqual(check(history()), []))

test('the first answer again, another pack with the same token, and a pack that is being made: all right', () => {
  const replay = answer('9-0', { report: 'A', replayed: '1', requestId: '1-0' })
  assert.deepEqual(check(history(withToken(ask('9-0', { token: 'T' }), [replay]))), [])
  const mismatch = answer('9-0', { code: 'IdempotentParameterMismatch', pack: 'q' })
  assert.deepEqual(check(history(withToken(ask('9-0', { token: 'T', pack: 'q' }), [mismatch]))), [])
  assert.deepEqual(check(history(made => {
    insert(2, ask('9-0'), [answer('9-0', { code: 'CompliancePackReportCreating' })])(made)
    also(made, 'answer:9-0')
  })), [])
})

// Steps in which the job A is held while its pack is paused.
const hold = [['ZREM', key('ready'), 'A'], ['ZADD', key('held'), '1', 'A']]
const letGo = [['ZREM', key('held'), 'A'], ['ZADD', key('ready'), '1', 'A']]

test('a job that was held, and one that was cancelled: all right', () => {
  assert.deepEqual(check(history(insert(2, hold, letGo))), [])
  assert.deepEqual(check(history(cancelled())), [])
})

// [what is broken, the property that must be named, the change]
const BROKEN = [
  ['a request without an answer', 'answered-once', insert(1, ask('5-0'))],
  ['an answer without a request', 'answered-once', insert(2, [answer('5-0', { code: 'InvalidParameter' })])],
  ['a second answer to one request', 'answered-once', insert(2, [answer('1-0', { report: 'A' })])],
  ['answers under both names', 'answered-once', made => {
    made.effects[0] = ask('1-0', { requestId: 'r' })
    made.effects[1] = [...admit('1-0', 'A', { name: 'r' }), answer('1-0', { code: 'InvalidParameter' })]
  }],
  ['an answer that a producer saw differently', 'answered-once', made => { made.requests[0].answer.Code = 'ServiceUnavailable' }],
  ['refused as CREATING while nothing was', 'answered-right',
    made => made.effects.push(ask('5-0'), [answer('5-0', { code: 'CompliancePackReportCreating' })])],
  ['refused for no reason', 'answered-right', made => made.effects.push(ask('5-0'), [answer('5-0', { code: 'InternalError' })])],
  ['one token, two reports', 'one-token-outcome', made => {
    withToken(ask('9-0', { token: 'T' }), ...secondJob)(made)
    withSecondReport(made)
  }],
  ['a token that takes other parameters', 'one-token-outcome', withToken(ask('9-0', { token: 'T', pack: 'q' }),
    [answer('9-0', { report: 'A', replayed: '1', pack: 'q', requestId: '1-0' })])],
  ['a token that is refused its first answer', 'one-token-outcome', withToken(ask('9-0', { token: 'T' }),
    [answer('9-0', { code: 'CompliancePackReportCreating' })])],
  ['a mismatch of a token that was never used', 'one-token-outcome', made => made.effects.push(ask('5-0', { token: 'U' }),
    [answer('5-0', { code: 'IdempotentParameterMismatch' })])],
  ['a job that nobody was told of', 'answered-right', made => {
    made.effects[1][4] = answer('1-0', { code: 'ServiceUnavailable' })
  }],
  ['accepted without a job', 'not-lost',
    made => made.effects.push(ask('5-0', { pack: 'q' }), [answer('5-0', { report: 'Z', pack: 'q' })])],
  ['a job that never ends', 'not-lost', made => made.effects.pop()],
  ['a job that vanishes', 'not-lost', insert(2, [['HDEL', key('jobs'), 'A'], ['ZREM', key('ready'), 'A']])],
  ['a confirmed request that Redis lost', 'not-lost',
    made => made.requests.push({ prefix: PREFIX, outcome: 'added', entryId: '8-0', answer: null })],
  ['a job that is not counted', 'counted', made => made.effects[1].push(['HSET', key('unfinished'), ACCOUNT, '0'])],
  ['a job that is not counted out', 'counted', made => {
    made.effects[1].push(['HSET', key('unfinished'), ACCOUNT, '1'])
    made.effects[5].push(['HSET', key('unfinished'), ACCOUNT, '1'])
  }],
  ['a count that stays when all is over', 'no-orphans', made => { made.final.keys[key('unfinished')] = { ttl: -1, value: {} } }],
  ['a job in two places', 'one-place', insert(3, [['ZADD', key('ready'), '1', 'A']])],
  ['a job that is held and waits', 'one-place', insert(2, [['ZADD', key('held'), '1', 'A']])],
  ['a job that is claimed and stays held', 'one-place', insert(2, hold)],
  ['a job that stays held', 'no-orphans', made => also(made, 'held')],
  ['a job in no place', 'one-place', insert(2, [['ZREM', key('ready'), 'A']])],
  ['a place that holds no job', 'one-place', insert(2, [['ZADD', key('ready'), '1', 'X']])],
  ['a lease that is taken before its end', 'one-owner', made => { made.effects[3] = recover('A', '1', W1, 1500) }],
  ['a job that is given to a second worker', 'one-owner', made => { made.effects.splice(3, 2, claim('A', '2', W2, 2500)) }],
  ['a claim that begins before the last one ended', 'one-owner', made => { made.effects[4] = claim('A', '2', W2, 2400) }],
  ['an owner of a job that waits', 'one-owner',
    made => { made.effects[1][2] = ['HSET', key('jobs'), ...record({ id: 'A', owner: W1 })] }],
  ['two unfinished jobs of a pack', 'one-owner', insert(2, ask('9-0'), admit('9-0', 'B'))],
  ['an end by who lost the job', 'no-stale-write', made => { made.effects[5] = complete('A', '1', W1, { endedAt: 3500 }) }],
  ['an end of a job that nobody has', 'no-stale-write', insert(4, complete('A', '1', '', { endedAt: 2600 }))],
  ['an end after the end', 'no-stale-write', made => made.effects.push(complete('A', '1', W1, { endedAt: 3600 }))],
  ['the files of another attempt', 'no-stale-write',
    made => { made.effects[5] = complete('A', '2', W2, { endedAt: 3500, location: place('A', '1') }) }],
  ['a fence that was given before', 'no-stale-write', made => { made.effects[4] = claim('A', '0', W2, 3000) }],
  ['a fence that another job was given before', 'no-stale-write', made => {
    made.effects.push(ask('9-0'), admit('9-0', 'B'), claim('B', '2', W2, 4000), complete('B', '2', W2, { endedAt: 5000 }))
    withSecondReport(made)
  }],
  ['a lower fence over a higher one', 'no-stale-write',
    made => made.effects.push([text({ id: 'A', status: 'COMPLETE', fence: '1', completeId: 'A', location: place('A', '2') })])],
  ['a worker that was wrongly told of its success', 'no-stale-write',
    made => made.daemons[0].said.push({ event: 'job.complete', report: 'A', fence: '1' })],
  ['a complete report without files', 'one-visible-report', made => { made.store.folders = [] }],
  ['a pack that shows another state', 'one-visible-report',
    made => { made.final.keys[key(`report:${ACCOUNT}:p`)] = report('A', '2', 'FAILED') }],
  ['a pack that shows another report', 'one-visible-report',
    made => {
      made.final.keys[key(`report:${ACCOUNT}:p`)].value = text({ id: 'A', status: 'COMPLETE', fence: '2', completeId: 'Z', location: place('A', '2') })[2]
    }],
  ['a cancelled job that shows as failed', 'one-visible-report', cancelled('FAILED')],
  ['a second visible attempt', 'no-orphans', made => made.store.folders.push(folder('A', '1'))],
  ['a file that differs', 'files-match', made => { made.store.folders[0].files[0].sha256 = sha256('other') }],
  ['a file that is missing', 'files-match', made => made.store.folders[0].files.shift()],
  ['a file too many', 'files-match', made => made.store.folders[0].files.push({ name: 'b', bytes: 0, sha256: '' })],
  ['no manifest', 'files-match', made => { made.store.folders[0].manifest = null }],
  ["another report's manifest", 'files-match', made => { made.store.folders[0].manifest.reportId = 'B' }],
  ['a staging folder that is left', 'no-orphans', made => made.store.staging.push('A.1')],
  ['a folder of no job', 'no-orphans', made => made.store.folders.push(folder('Z', '9'))],
  ['a stray file', 'no-orphans', made => made.store.strangers.push('x')],
  ['an answer that never expires', 'no-orphans', made => { made.final.keys[key('answer:1-0')].ttl = -1 }],
  ['a token that never expires', 'no-orphans',
    made => { made.final.keys[key('token:7:x')] = { ttl: -1, value: { report_id: 'A' } } }],
  ['a pack that is CREATING for ever', 'no-orphans',
    made => { made.final.keys[key('creating')] = { ttl: -1, value: { '7:p': 'A' } } }],
  ['a dead letter of no dead job', 'no-orphans', made => also(made, 'dead:A')],
  ['an unknown key', 'no-orphans', made => also(made, 'lock:A')],
  ['an entry that is left in the stream', 'no-orphans', made => { made.final.unanswered = 1 }],
  ['an end that no event tells', 'followed', made => made.effects[5].pop()],
  ['an end that is told twice', 'followed', made => made.effects[5].push(event('3501-0', 'A', 'COMPLETE', { fence: '2' }))],
  ['an end that is told of another attempt', 'followed', made => made.effects[5].splice(-1, 1, event('3500-0', 'A', 'COMPLETE', { fence: '1' }))],
  ['an event that nobody could read', 'followed', made => made.events.pop()],
  ['a daemon that ended by itself', 'alive', made => { made.daemons[0].code = 70 }],
  ['a daemon that crashed', 'alive', made => Object.assign(made.daemons[0], { code: null, signal: 'SIGABRT' })],
  ['work that is left', 'settled', made => { made.unsettled = 'unfinished: 1 job' }],
  ['keys that the log of writes does not explain', 'replay',
    made => { made.final.keys[key('jobs')] = { ttl: -1, value: { X: 'x' } } }],
]

for (const [what, property, change] of BROKEN) {
  test(`${what}: ${property}`, () => {
    const violations = check(history(change))
    assert.ok(violations.some(violation => violation.property === property), JSON.stringify(violations))
  })
}

// The request was made over HTTP instead, once answered and once more without an answer; Get showed what came of it.
function overHttp(change = () => {}) {
  return history(made => {
    made.requests = []
    made.effects.shift()
    made.effects[0][4] = answer('R', { report: 'A' })
    made.effects[0].push(['HSET', key(`token:${ACCOUNT}:${sha256('T')}`), 'fingerprint', 'p', 'request_id', 'R', 'report_id', 'A'])
    made.effects.push([answer('S', { report: 'A', replayed: '1', requestId: 'R' })])
    also(made, 'answer:R', 'answer:S', 'nonce:7:x')
    made.door = [
      { fields: HTTP_FIELDS, tries: [{ outcome: 'refused' }, { outcome: 'answered', code: 'Accepted', requestId: 'R' }] },
      { fields: HTTP_FIELDS, tries: [{ outcome: 'unknown' }, { outcome: 'answered', code: 'Accepted', requestId: 'R' }] },
    ]
    made.looks = [look(900, { ReportStatus: 'NONE' }), look(2600, { ReportStatus: 'CREATING' }),
      look(3600, { ReportStatus: 'COMPLETE', ReportUrl: `http://h/reports${place('A', '2')}/report.csv`, ReportCreateTimestamp: 3500 })]
    change(made)
  })
}
const HTTP_FIELDS = { AccountId: ACCOUNT, CompliancePackId: 'p', ClientToken: 'T' }
const look = (at, report) => ({ account: ACCOUNT, pack: 'p', sentAt: at, gotAt: at + 1, report })

test('requests over HTTP, repeated where the answer was lost: all right', () => {
  assert.deepEqual(check(overHttp()), [])
  assert.deepEqual(check(overHttp(made => { // the lost answer was the first one
    made.door[0].tries = [{ outcome: 'unknown' }]
    made.door[0].tries.push(made.door[1].tries.pop())
    made.door.pop()
  })), [])
})

const BROKEN_OVER_HTTP = [
  ['a request that was never answered', 'answered-once', made => { made.door[1].tries.pop() }],
  ['an answer that Redis does not have', 'answered-once', made => { made.door[0].tries[1].requestId = 'Q' }],
  ['another answer than Redis has', 'answered-once', made => { made.door[0].tries[1].code = 'CompliancePackReportCreating' }],
  ['an answer that nobody asked for', 'answered-once', made => { made.door.pop() }],
  ['an acceptance that only a request with another token could explain', 'answered-once', made => {
    made.door = [{ fields: { ...HTTP_FIELDS, ClientToken: 'U' }, tries: [{ outcome: 'unknown' }, { outcome: 'unknown' }] }]
  }],
  ['a token that is bound anew', 'one-token-outcome', made => made.effects.push(
    [['HSET', key(`token:${ACCOUNT}:${sha256('T')}`), 'fingerprint', 'p', 'request_id', 'S', 'report_id', 'B']])],
  ['a repeated token that is refused', 'one-token-outcome', made => {
    made.effects[made.effects.length - 1] = [answer('S', { code: 'CompliancePackReportCreating' })]
    made.door[1].tries[1] = { outcome: 'answered', code: 'CompliancePackReportCreating', requestId: 'S' }
  }],
  ['a pack that is shown as CREATING after its end', 'shown-right', made => made.looks.push(look(3600, { ReportStatus: 'CREATING' }))],
  ['an accepted pack that is shown as NONE', 'shown-right', made => made.looks.push(look(2600, { ReportStatus: 'NONE' }))],
  ['a complete report with the link of another', 'shown-right', made => { made.looks[2].report.ReportUrl = `http://h${place('B', '2')}` }],
  ['a complete report of another time', 'shown-right', made => { made.looks[2].report.ReportCreateTimestamp = 3400 }],
]

for (const [what, property, change] of BROKEN_OVER_HTTP) {
  test(`over HTTP, ${what}: ${property}`, () => {
    const violations = check(overHttp(change))
    assert.ok(violations.some(violation => violation.property === property), JSON.stringify(violations))
  })
}

test('files that a killed worker could not remove are excused, those of a living one are not', () => {
  const said = [{ event: 'job.step', report: 'A', fence: '2', to: 'clean' }]
  const leave = (killedAt, more = []) => history(made => {
    made.store.folders.push(folder('A', '1'))
    const end = killedAt ? { killedAt, code: null, signal: 'SIGKILL' } : {}
    made.daemons[1] = daemon('w2', 12, [...made.daemons[1].said, ...said, ...more], end)
  })
  assert.deepEqual(check(leave(3600)), [])
  assert.deepEqual(check(leave(3400)), [], 'what it sent came to Redis after its death')
  assert.equal(check(leave(3600, [{ event: 'job.step', report: 'A', fence: '2', to: 'end' }])).length, 1, 'it had cleaned up')
  assert.equal(check(leave(null)).length, 1)
})

// A request that came, was accepted, made and seen on a master whose successor had nothing of it. Times in ms since 1970, as
// they decide which fault it was.
const T = 1700000000000
const lose = ({ kind = 'master_kill', from = T - 100, over = T + 100, to = T + 500, laterMs = 0 } = {}) => made => {
  const entry = `${T}-0`
  made.serverFaults = [{ kind, from, over, to }]
  made.lost = [{ node: 1, steps: [ask(entry, { pack: 'q' }), admit(entry, 'L', { pack: 'q' }), claim('L', '3', W1, T, 'q'),
    complete('L', '3', W1, { endedAt: T + laterMs, pack: 'q' })] }]
  made.requests.push({ prefix: PREFIX, outcome: 'added', entryId: entry, answer: { name: entry, Code: 'Accepted', ReportId: 'L' } })
  made.events.push({ id: `${T + laterMs}-0` })
  made.store.folders.push(folder('L', '3', 'q'))
  made.daemons[0].said.push({ event: 'job.complete', report: 'L', fence: '3' })
}

test('what a failover lost is excused, and it alone', () => {
  assert.deepEqual(check(history(lose())), [])
  assert.deepEqual(check(history(lose({ kind: 'sentinel_failover' }))), [])
  const paused = { kind: 'master_pause', laterMs: 8000 }
  assert.deepEqual(check(history(lose({ ...paused, over: T + 7000 }))), [], 'a server that stands still takes nothing')
  assert.equal(check(history(lose({ ...paused, over: T + 9000 }))).length, 1)
  assert.deepEqual(check(history(made => {
    lose()(made)
    made.serverFaults.unshift({ kind: 'reshard', from: T - 5000, over: T - 4000, to: T + 1 })
  })), [], 'lost by the fault that began when the one before had just ended')
  const without = check(history(made => {
    lose()(made)
    made.lost = []
  }))
  assert.deepEqual(new Set(without.map(violation => violation.property)),
    new Set(['not-lost', 'answered-once', 'no-orphans', 'no-stale-write']))
})

test('a request that the stream lost may be answered by who had read it', () => {
  assert.deepEqual(check(history(made => {
    made.serverFaults = [{ kind: 'master_kill', from: T - 100, over: T, to: T }]
    made.lost = [{ node: 1, steps: [ask(`${T}-0`, { pack: 'q', requestId: 'r' })] }]
    made.effects.push([answer('r', { code: 'IdempotentParameterMismatch', pack: 'q' })])
    also(made, 'answer:r')
  })).map(violation => violation.property), [])
})

for (const [what, options] of [['an orderly failover that loses writes', { kind: 'cluster_failover' }],
  ['a slot that loses writes on its way', { kind: 'reshard' }], ['a restart of a replica that loses writes', { kind: 'replica_kill' }],
  ['writes that are lost without a fault', { from: T + 5000, to: T + 6000 }], ['more than the writes of a moment', { over: T + 9000, laterMs: 3500 }]]) {
  test(`${what}: not-lost`, () => {
    assert.deepEqual(check(history(lose(options))).map(violation => violation.property), ['not-lost'])
  })
}

test('a script that ran while the slot was half moved: one-place', () => {
  assert.deepEqual(check(history(made => made.whileMoving.push([['HSET', key('jobs'), 'A', '']]))).map(one => one.property), ['one-place'])
})

test('a command that the checker does not know is an error, not a guess', () => {
  assert.throws(() => check(history(insert(1, [['RENAME', key('jobs'), key('x')]]))), /RENAME/)
})

test('the log of writes: scripts as one step, time stamps left out, texts by their bytes', () => {
  const line = (...texts) => `*${texts.length}\r\n${texts.map(text => `$${Buffer.byteLength(text)}\r\n${text}\r\n`).join('')}`
  const script = line('MULTI') + line('HSET', 'k', 'ä\r\n', '*1') + line('SET', 'x', '') + line('EXEC')
  const bytes = Buffer.from(`#TS:1\r\n${line('SELECT', '0')}${script}${line('DEL', 'x')}`)
  assert.deepEqual(readSteps(bytes), [[['SELECT', '0']], [['HSET', 'k', 'ä\r\n', '*1'], ['SET', 'x', '']], [['DEL', 'x']]])
})
