// SPDX-License-Identifier: MIT
//
// W3C Trace Context through everything: over HTTP, through the queue and from the command line, to the pack service, the log
// and the report.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { addressOf, ask, openDoor, reportOverHttp } from './lib/door.mjs'
import { startMockSecMaster } from '../support/mock-secmaster.mjs'

const TOKEN = 'token-for-tests'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`

async function traced(world) {
  furnish(world)
  const mock = await startMockSecMaster({ token: TOKEN })
  world.closers.push(() => mock.stop())
  world.write('credentials/secmaster-token', `${TOKEN}\n`)
  world.write('accounts.json', {
    accounts: [{ AccountId: ACCOUNT, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001', base_url: mock.url, credential: 'secmaster-token' }],
  })
  const daemon = await world.startDaemon({
    ...openDoor, 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes', 'credentials.path': world.path('credentials'),
    'worker.retry_base': '10ms', 'worker.retry_cap': '20ms', 'worker.sweep_interval': '100ms',
  })
  return { daemon, address: await addressOf(daemon), sent: async pack => (await (await fetch(`${mock.url}/_control/packs/${pack}`)).json()).headers }
}

const inReport = (world, pack) => JSON.parse(fs.readFileSync(`${world.visibleReports(pack)[0].folder}/report.json`)).run.traceId
const generate = (address, pack, headers, parameters) => ask(address, 'GenerateCompliancePackReport', { CompliancePackId: pack, ...parameters }, { headers })
const idsOf = traceparent => /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/.exec(traceparent).slice(1)

// The lines of the log that have the trace, by event.
const eventsOf = (daemon, trace) => Object.fromEntries(logLines(daemon).filter(line => line.trace_id === trace).map(line => [line.event, line]))

test('from HTTP to the pack service, the log and the report', inWorld(async world => {
  const { daemon, address, sent } = await traced(world)
  const accepted = await generate(address, 'mock-ok', { traceparent: TRACEPARENT, tracestate: ['rojo=1 , ,congo=t61|x', 'a@b=2'] })
  assert.equal(accepted.status, 200, accepted.text)
  await reportOverHttp(address, 'mock-ok')
  const headers = await sent('mock-ok')
  const [trace, span, flags] = idsOf(headers.traceparent)
  assert.deepEqual([trace, flags, headers.tracestate], [TRACE, '01', 'rojo=1,congo=t61|x,a@b=2'])
  assert.notEqual(span, PARENT)
  const events = await eventually('all lines', () => {
    const events = eventsOf(daemon, TRACE)
    return events['job.complete'] && events
  })
  assert.ok(events['api.accepted'] && events['job.start'], Object.keys(events))
  assert.equal(events['job.start'].span_id, span, 'the attempt is what asked')
  assert.equal(inReport(world, 'mock-ok'), TRACE)
  const refused = await generate(address, 'mock-404', { traceparent: `00-${'a'.repeat(32)}-${PARENT}-00` })
  assert.equal(refused.json.Code, 'Invalid.CompliancePackId.Value')
  assert.ok(eventsOf(daemon, 'a'.repeat(32))['api.refused'])
  assert.deepEqual(idsOf((await sent('mock-404')).traceparent).filter((_, n) => n !== 1), ['a'.repeat(32), '00'])
}))

test('packs are asked for in the trace of the request', inWorld(async world => {
  const { daemon, address, sent } = await traced(world)
  for (const [action, name, parameters] of [['GetCompliancePack', 'mock-ok', { CompliancePackId: 'mock-ok' }], ['ListCompliancePacks', 'search', {}]]) {
    const { status, text } = await ask(address, action, parameters, { headers: { traceparent: TRACEPARENT, tracestate: 'rojo=1' } })
    assert.equal(status, 200, text)
    const headers = await sent(name)
    const [trace, span, flags] = idsOf(headers.traceparent)
    assert.deepEqual([trace, flags, headers.tracestate], [TRACE, '01', 'rojo=1'], action)
    assert.notEqual(span, PARENT)
  }
  const failed = 'b'.repeat(32)
  assert.equal((await ask(address, 'GetCompliancePack', { CompliancePackId: 'mock-500' }, { headers: { traceparent: `00-${failed}-${PARENT}-00` } })).status, 503)
  assert.ok(eventsOf(daemon, failed)['api.source_failed'])
}))

test('each attempt is a span of its own in the same trace', inWorld(async world => {
  const { daemon } = await traced(world)
  await world.submit({ pack: 'mock-500-x2', traceparent: TRACEPARENT, tracestate: 'rojo=1' })
  assert.equal((await world.reportEnds('mock-500-x2')).ReportStatus, 'COMPLETE')
  const starts = logLines(daemon).filter(line => line.event === 'job.start')
  assert.equal(starts.length, 3)
  assert.deepEqual([...new Set(starts.map(line => line.trace_id))], [TRACE])
  assert.equal(new Set(starts.map(line => line.span_id)).size, 3)
  assert.ok(eventsOf(daemon, TRACE)['request.accepted'] && eventsOf(daemon, TRACE)['job.waits'])
  assert.equal(inReport(world, 'mock-500-x2'), TRACE)
}))

test('what is absent or malformed begins a new one', inWorld(async world => {
  const { daemon, address, sent } = await traced(world)
  const rows = [{}, { traceparent: TRACEPARENT.toUpperCase(), tracestate: 'rojo=1' }, { traceparent: [TRACEPARENT, TRACEPARENT] },
    { traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` }, { tracestate: 'rojo=1' }, { traceparent: `ff${TRACEPARENT.slice(2)}` }]
  const seen = new Set([TRACE])
  for (const [n, headers] of rows.entries()) {
    const pack = `mock-ok--${n}`
    assert.equal((await generate(address, pack, headers)).status, 200)
    await reportOverHttp(address, pack)
    const { traceparent, tracestate } = await sent(pack)
    const [trace, , flags] = idsOf(traceparent)
    assert.ok(!seen.has(trace), JSON.stringify(headers))
    assert.deepEqual([flags, tracestate], ['00', undefined], JSON.stringify(headers))
    assert.equal(inReport(world, pack), trace)
    seen.add(trace)
  }
  // A state that is malformed does not harm the trace.
  await generate(address, 'mock-ok--9', { traceparent: TRACEPARENT, tracestate: 'Rojo=1' })
  await reportOverHttp(address, 'mock-ok--9')
  const headers = await sent('mock-ok--9')
  assert.deepEqual([idsOf(headers.traceparent)[0], headers.tracestate], [TRACE, undefined])
  assert.equal((await world.answer(await world.submit({ pack: 'mock-ok--8', traceparent: 'nonsense' }))).Code, 'Accepted')
  await world.reportEnds('mock-ok--8')
  assert.match(inReport(world, 'mock-ok--8'), /^[0-9a-f]{32}$/)
  assert.ok(logLines(daemon).filter(line => line.event === 'job.start').every(line => /^[0-9a-f]{32}$/.test(line.trace_id)))
}))

test('from the command line', inWorld(async world => {
  const { sent } = await traced(world)
  const where = ['generate', '--account', ACCOUNT, '--pack', 'mock-ok']
  await world.cli([...where, '--traceparent', TRACEPARENT, '--tracestate', 'rojo=1', '--wait', '--quiet'])
  const headers = await sent('mock-ok')
  assert.deepEqual([idsOf(headers.traceparent)[0], headers.tracestate], [TRACE, 'rojo=1'])
  assert.equal(inReport(world, 'mock-ok'), TRACE)
  for (const args of [['--traceparent', 'nonsense'], ['--traceparent', ''], ['--tracestate', 'a=1'], ['--traceparent', TRACEPARENT, '--tracestate', 'A=1']]) {
    assert.match((await world.cli([...where, ...args], { status: 64 })).stderr, /--trace(parent|state) (takes|needs)/)
  }
}))
