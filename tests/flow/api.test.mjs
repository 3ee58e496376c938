// SPDX-License-Identifier: MIT
//
// The front door without keys: operations, errors, formats, and that callers over HTTP and over the queue see one rule.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { ACCOUNT, BUILD, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { UUID, VERSION, addressOf, ask, expectError, form, generate, get, openDoor, reportOverHttp, send, sendBytes } from './lib/door.mjs'

async function opened(world, overrides = {}, furnishing = {}) {
  furnish(world, { packs: ['pack-1', 'pack-2', 'pack-3'], ...furnishing })
  const daemon = await world.startDaemon({ ...openDoor, ...overrides })
  return { daemon, address: await addressOf(daemon) }
}

test('a report from request to file', inWorld(async world => {
  const { address } = await opened(world)
  const before = await get(address, 'pack-1')
  assert.deepEqual(before.json.CompliancePackReport, { CompliancePackId: 'pack-1', AccountId: Number(ACCOUNT), ReportStatus: 'NONE' })
  const accepted = await generate(address, 'pack-1')
  assert.equal(accepted.status, 200)
  assert.deepEqual(Object.keys(accepted.json).sort(), ['CompliancePackId', 'RequestId'])
  assert.equal(accepted.json.CompliancePackId, 'pack-1')
  assert.match(accepted.json.RequestId, UUID)
  assert.equal((await world.answer(accepted.json.RequestId)).Code, 'Accepted')
  const report = await reportOverHttp(address, 'pack-1')
  assert.ok(Math.abs(report.ReportCreateTimestamp - Date.now()) < 60000)
  assert.ok(report.ReportUrl.startsWith(`http://${address}/reports/${ACCOUNT}/pack-1/`), report.ReportUrl)
  const file = await send(address, { path: new URL(report.ReportUrl).pathname + new URL(report.ReportUrl).search })
  assert.equal(file.status, 200)
  assert.match(file.headers['content-type'], /^text\/csv/)
  const [{ folder }] = world.visibleReports('pack-1')
  assert.deepEqual(file.bytes, fs.readFileSync(`${folder}/report.csv`))
}))

// It was kept nowhere, or by a daemon with a folder of its own.
test('a report that the door cannot hand out has no ReportUrl, and no path is told', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  fs.mkdirSync(world.path('elsewhere'))
  const nothing = await world.startDaemon({ ...openDoor, 'api.account': ACCOUNT, 'store.kind': 'null' })
  await generate(await addressOf(nothing), 'pack-1')
  await world.reportEnds('pack-1')
  const own = await get(await addressOf(nothing), 'pack-1')
  await nothing.end()
  const other = await world.startDaemon({ ...openDoor, 'api.account': ACCOUNT, 'store.path': world.path('elsewhere') })
  await generate(await addressOf(other), 'pack-2')
  await world.reportEnds('pack-2')
  const theirs = await get(await addressOf(other), 'pack-2')
  assert.match(theirs.json.CompliancePackReport.ReportUrl, /^http/)
  await other.end()
  const address = await addressOf(await world.startDaemon({ ...openDoor, 'api.account': ACCOUNT }))
  for (const answer of [own, await get(address, 'pack-1'), await get(address, 'pack-2')]) {
    const report = answer.json.CompliancePackReport
    assert.deepEqual(Object.keys(report), ['CompliancePackId', 'AccountId', 'ReportStatus', 'ReportCreateTimestamp'])
    assert.equal(report.ReportStatus, 'COMPLETE')
  }
  const { stderr } = await world.run(`${BUILD}/packreport`,
    ['download', '--endpoint', `http://${address}`, '--account', ACCOUNT, '--pack', 'pack-2', '--out', world.path('copy')], { status: null })
  assert.match(stderr, /the report of pack pack-2 is not kept where the door is/)
}))

test('an admission whose answer is lost with its connection is asked for again', inWorld(async world => {
  let cuts = 0
  const proxy = net.createServer(client => {
    const server = net.connect(world.socket)
    let isCut = false
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', bytes => {
      if (cuts === 0 && bytes.includes('|pack-1|')) isCut = ++cuts > 0 // the request, in the admission's arguments
      server.write(bytes)
    })
    server.on('data', bytes => isCut ? client.destroy() : client.write(bytes))
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
    world.closers.push(() => { client.destroy(); server.destroy() })
  })
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => proxy.close())
  const { daemon, address } = await opened(world, { 'redis.address': `127.0.0.1:${proxy.address().port}` })
  const accepted = await generate(address, 'pack-1')
  assert.equal(accepted.status, 200, `${accepted.text}\n${JSON.stringify(logLines(daemon).slice(-6), null, 1)}`)
  assert.equal(cuts, 1)
  assert.equal((await world.answer(accepted.json.RequestId)).Code, 'Accepted')
  await reportOverHttp(address, 'pack-1')
  assert.equal(world.visibleReports('pack-1').length, 1)
}))

test('parameters from the query, a form, a chunked form, or both', inWorld(async world => {
  const { address } = await opened(world)
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const common = form({ Action: 'GenerateCompliancePackReport', Version: VERSION, AccountId: ACCOUNT })
  const inForm = await send(address, { method: 'POST', headers: type, body: `${common}&CompliancePackId=pack-1` })
  assert.equal(inForm.status, 200, inForm.text)
  const chunked = await send(address, { method: 'POST', path: `/?${common}`, headers: { ...type, 'transfer-encoding': 'chunked' }, body: 'CompliancePackId=pack-2' })
  assert.equal(chunked.status, 200, chunked.text)
  const charset = await send(address, { method: 'POST', path: `/?${common}`, headers: { 'Content-Type': 'Application/X-WWW-Form-Urlencoded; charset=utf-8' }, body: 'CompliancePackId=pack%2D3&ClientToken=a+b' })
  assert.equal(charset.status, 200, charset.text)
  const headers = { 'x-acs-action': 'GetCompliancePackReport', 'x-acs-version': VERSION }
  const byHeader = await send(address, { path: `/?CompliancePackId=pack-1&AccountId=${ACCOUNT}`, headers })
  assert.equal(byHeader.status, 200, byHeader.text)
}))

test('JSON unless XML is asked for, in any case of letters', inWorld(async world => {
  const { address } = await opened(world)
  const json = await get(address, 'pack-1', { Format: 'json' })
  assert.match(json.headers['content-type'], /^application\/json/)
  const xml = await get(address, 'pack-1', { Format: 'xml' })
  assert.equal(xml.headers['content-type'], 'text/xml;charset=utf-8')
  assert.match(xml.text, new RegExp(`^<\\?xml version='1\\.0' encoding='UTF-8'\\?><GetCompliancePackReportResponse><RequestId>[-0-9A-F]{36}</RequestId><CompliancePackReport>` +
    `<CompliancePackId>pack-1</CompliancePackId><AccountId>${ACCOUNT}</AccountId><ReportStatus>NONE</ReportStatus></CompliancePackReport></GetCompliancePackReportResponse>$`))
  const error = await get(address, 'a<b&c', { Format: 'XML' })
  assert.equal(error.status, 400)
  assert.match(error.text, new RegExp(`^<\\?xml version='1\\.0' encoding='UTF-8'\\?><Error><RequestId>[-0-9A-F]{36}</RequestId><HostId>${address}</HostId>` +
    '<Code>InvalidParameter</Code><Message>[^<]*a&lt;b&amp;c[^<]*</Message>' +
    '<Recommend><!\\[CDATA\\[https://[^<]*\\?Keyword=InvalidParameter&source=PopGw\\]\\]></Recommend></Error>$'))
  // Also where nothing but the form of the answer is right.
  for (const options of [{ method: 'DELETE' }, { path: '/elsewhere?Format=XML' }, { path: '/?Format=XML' }]) {
    assert.match((await get(address, 'pack-1', { Format: 'XML' }, options)).text, /^<\?xml .*<Error>/)
  }
  expectError(await get(address, 'pack-1', { Format: 'YAML' }), 400, 'InvalidParameter.Format', /JSON or XML is right/)
}))

test('each error with its status, code and message', inWorld(async world => {
  const { address } = await opened(world)
  expectError(await generate(address, 'pack-9'), 400, 'Invalid.CompliancePackId.Value', /^The specified CompliancePackId does not exist\.$/)
  expectError(await get(address, 'pack-9'), 400, 'Invalid.CompliancePackId.Value')
  expectError(await generate(address, 'pack-1', { AccountId: '7' }), 404, 'AccountNotExisted', /^Your account does not exist\.$/)
  expectError(await generate(address, 'pack-1', { AccountId: '' }), 400, 'MissingAccountId')
  expectError(await generate(address, 'pack-1', { AccountId: 'x' }), 400, 'InvalidParameter')
  expectError(await ask(address, 'GenerateCompliancePackReport'), 400, 'MissingCompliancePackId', /^CompliancePackId is mandatory for this action\.$/)
  expectError(await generate(address, '../etc'), 400, 'InvalidParameter', /CompliancePackId/)
  expectError(await generate(address, 'pack-1', { ClientToken: 'x'.repeat(65) }), 400, 'InvalidParameter', /ClientToken/)
  expectError(await ask(address, 'generateCompliancePackReport'), 404, 'InvalidAction.NotFound',
    /^Specified api is not found, please check your url and method\. Did you mean GenerateCompliancePackReport\?$/)
  expectError(await ask(address, 'DescribeInstances'), 404, 'InvalidAction.NotFound', /url and method\.$/)
  expectError(await send(address, { path: `/?Version=${VERSION}` }), 400, 'MissingAction')
  expectError(await send(address, { path: '/?Action=GetCompliancePackReport' }), 400, 'MissingVersion')
  expectError(await get(address, 'pack-1', { Version: '2019-01-08' }), 400, 'InvalidVersion', /2020-09-07/)
  expectError(await ask(address, 'GetCompliancePackReport', {}, { path: '/elsewhere?Action=x' }), 404, 'InvalidAction.NotFound', /The path \/ is right\.$/)
  expectError(await ask(address, 'GetCompliancePackReport', { CompliancePackId: 'pack-1' }, { method: 'DELETE' }), 400, 'UnsupportedHTTPMethod', /GET or POST/)
  for (const [name, value] of [['CompliancePackId', 'pack-2'], ['CompliancePackId', 'pack-1'], ['Action', 'GetCompliancePackReport'], ['x', '1&x=1']]) {
    const query = form({ Action: 'GetCompliancePackReport', Version: VERSION, AccountId: ACCOUNT, CompliancePackId: 'pack-1' })
    expectError(await send(address, { path: `/?${query}&${name}=${value}` }), 400, `Invalid${name}`, /more than once/)
    expectError(await send(address, { method: 'POST', path: `/?${query}`, body: `${name}=${value}` }), 400, `Invalid${name}`, /more than once/)
  }
  const json = { method: 'POST', path: `/?Version=${VERSION}`, headers: { 'content-type': 'application/json' }, body: '{"Action":"GetCompliancePackReport"}' }
  expectError(await send(address, json), 400, 'MissingAction', /^Action is mandatory for this action\. .*application\/x-www-form-urlencoded; this body is of another type\.$/)
  expectError(await send(address, { path: '/?Action=%zz' }), 400, 'InvalidParameter')
  expectError(await send(address, { path: '/?Action=%00' }), 400, 'InvalidParameter')
  expectError(await send(address, { path: '/?Action=%c0%af' }), 400, 'InvalidParameter')
}))

test('one rule for the queue and for HTTP', inWorld(async world => {
  const { address } = await opened(world, { 'drill.step': 'evaluate', 'drill.stall': '3s' })
  const first = await generate(address, 'pack-1', { ClientToken: 'token-1' })
  assert.equal(first.status, 200, first.text)
  expectError(await generate(address, 'pack-1'), 400, 'CompliancePackReportCreating', /^The compliance pack report is being created\.$/)
  const replayed = await generate(address, 'pack-1', { ClientToken: 'token-1' })
  assert.equal(replayed.status, 200)
  assert.equal(replayed.json.RequestId, first.json.RequestId)
  expectError(await generate(address, 'pack-2', { ClientToken: 'token-1' }), 400, 'IdempotentParameterMismatch')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'CompliancePackReportCreating')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1', token: 'token-1' }))).RequestId, first.json.RequestId)
  assert.equal((await world.answer(await world.submit({ pack: 'pack-2' }))).Code, 'Accepted')
  expectError(await generate(address, 'pack-2'), 400, 'CompliancePackReportCreating')
  assert.equal((await get(address, 'pack-2')).json.CompliancePackReport.ReportStatus, 'CREATING')
}))

test('a report in the making leaves the last one readable; one that failed says why', inWorld(async world => {
  const { address } = await opened(world, { 'worker.max_attempts': '1' })
  await generate(address, 'pack-1')
  const complete = await reportOverHttp(address, 'pack-1')
  world.write('packs/pack-1.json', '{"uuid": "pack-1", ')
  await generate(address, 'pack-1')
  const failed = await eventually('the report failed', async () => {
    const { CompliancePackReport: report } = (await get(address, 'pack-1')).json
    assert.ok(['CREATING', 'NONE'].includes(report.ReportStatus), report.ReportStatus)
    assert.equal(report.ReportCreateTimestamp, complete.ReportCreateTimestamp)
    assert.equal(new URL(report.ReportUrl).pathname, new URL(complete.ReportUrl).pathname)
    return report.ReportStatus === 'NONE' && report
  })
  assert.equal(failed.FailureStatus, 'FAILED')
  assert.ok(failed.FailureCode.length > 0 && failed.FailureMessage.length > 0, JSON.stringify(failed))
}))

test('callers are told why a report failed, and no path of the server', inWorld(async world => {
  const { address, daemon } = await opened(world)
  fs.rmSync(world.path(`inventory/${ACCOUNT}.ndjson`))
  await generate(address, 'pack-1')
  const failed = await eventually('the report failed', async () => {
    const { CompliancePackReport: report } = (await get(address, 'pack-1')).json
    return report.FailureStatus && report
  })
  assert.equal(failed.FailureCode, 'ReportFailed.Evaluate')
  assert.equal(failed.FailureMessage, `inventory ${ACCOUNT}.ndjson: No such file or directory`)
  const whole = `inventory ${world.path('inventory', `${ACCOUNT}.ndjson`)}: No such file or directory`
  assert.equal(logLines(daemon).find(line => line.event === 'job.failed').error, whole)
  assert.equal((await world.report('pack-1')).Message, whole)
}))

test('while a newer report is in the making, the last one has its link and time, and its file', inWorld(async world => {
  const { address, daemon } = await opened(world)
  await generate(address, 'pack-1')
  const complete = await reportOverHttp(address, 'pack-1')
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
  const slow = await addressOf(await world.startDaemon({ ...openDoor, 'drill.step': 'evaluate', 'drill.stall': '1min' }))
  assert.equal((await generate(slow, 'pack-1')).status, 200)
  const { CompliancePackReport: report } = (await get(slow, 'pack-1')).json
  assert.deepEqual(Object.keys(report), ['CompliancePackId', 'AccountId', 'ReportStatus', 'ReportUrl', 'ReportCreateTimestamp'])
  assert.equal(report.ReportStatus, 'CREATING')
  assert.equal(report.ReportCreateTimestamp, complete.ReportCreateTimestamp)
  const url = new URL(report.ReportUrl)
  assert.equal(url.pathname, new URL(complete.ReportUrl).pathname)
  assert.equal((await send(slow, { path: url.pathname + url.search })).status, 200)
}))

test('a pack that appears is found soon, one that was found is not asked for again', inWorld(async world => {
  const { address } = await opened(world)
  expectError(await generate(address, 'pack-new'), 400, 'Invalid.CompliancePackId.Value')
  world.write('packs/pack-new.json', JSON.stringify({ ...JSON.parse(fs.readFileSync(world.path('packs/pack-1.json'))), uuid: 'pack-new' }))
  await eventually('the new pack is known', async () => (await generate(address, 'pack-new')).status === 200)
  await get(address, 'pack-3')
  fs.rmSync(world.path('packs/pack-3.json'))
  assert.equal((await generate(address, 'pack-3')).status, 200)
}))

test('without Redis: ServiceUnavailable, and again when it is back', inWorld(async world => {
  const { address } = await opened(world)
  await world.redisServer.end('SIGKILL')
  const answer = await generate(address, 'pack-1')
  expectError(answer, 503, 'ServiceUnavailable')
  expectError(await get(address, 'pack-1'), 503, 'ServiceUnavailable')
  await world.startRedis()
  await eventually('it is accepted', async () => (await generate(address, 'pack-1')).status === 200)
}))

test('an end in order: what is under way is answered, and the connection closed', inWorld(async world => {
  const { daemon, address } = await opened(world, { 'drill.step': 'evaluate', 'drill.stall': '2s' })
  await generate(address, 'pack-1')
  const query = form({ Action: 'GetCompliancePackReport', Version: VERSION, AccountId: ACCOUNT, CompliancePackId: 'pack-1' })
  const request = `GET /?${query} HTTP/1.1\r\nHost: h\r\n\r\n`
  let got = ''
  const lasting = sendBytes(address, request, { onText: text => { got = text } })
  await eventually('the lasting connection has its answer', () => got.includes('ReportStatus'))
  await eventually('it is draining', () => {
    daemon.kill('SIGTERM')
    return logLines(daemon).some(line => line.event?.startsWith('drain'))
  })
  await assert.rejects(generate(address, 'pack-2'), /ECONNREFUSED|ECONNRESET|hang up/)
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text.slice(-2000))
  assert.equal((await lasting).status, 200)
}))

test('an open door is for this machine only', inWorld(async world => {
  furnish(world)
  for (const listen of ['*:0', '0.0.0.0:0', '[::]:0']) {
    const daemon = await world.startDaemon({ 'api.listen': listen }, { ready: false })
    assert.equal((await daemon.ended).code, 78, daemon.stderr.text)
    assert.match(daemon.stderr.text, /access keys/)
  }
  const socket = world.path('door.sock')
  const daemon = await world.startDaemon({ 'api.listen': socket })
  assert.equal(await addressOf(daemon), socket)
  assert.equal((await get(socket, 'pack-1')).status, 200)
  assert.equal(fs.statSync(socket).mode & 0o007, 0)
}))
