// SPDX-License-Identifier: MIT
//
// A SecMaster that answers in every way there is: each ends as the design says, with the upstream's code and request id in the
// job's history.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { startMockSecMaster } from '../support/mock-secmaster.mjs'

const TOKEN = 'token-for-tests'
const SECMASTER = {
  'source.kind': 'secmaster', 'source.allow_plain_http': 'yes', 'source.total_timeout': '8s', 'source.connect_timeout': '2s',
  'worker.max_attempts': '2', 'worker.retry_base': '10ms', 'worker.retry_cap': '20ms', 'worker.sweep_interval': '100ms',
  'worker.breaker_threshold': '0', // each failure counts, however many packs fail at once: breaker.test.mjs has the other way
}

async function withUpstream(world) {
  furnish(world)
  const mock = await startMockSecMaster({ token: TOKEN })
  world.closers.push(() => mock.stop())
  world.write('credentials/secmaster-token', `${TOKEN}\n`)
  world.write('accounts.json', {
    accounts: [{ AccountId: ACCOUNT, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001',
      base_url: mock.url, credential: 'secmaster-token' }],
  })
  return { mock, settings: { ...SECMASTER, 'credentials.path': world.path('credentials') } }
}

const control = async (mock, path, options) => (await fetch(`${mock.url}/_control${path}`, options)).json().catch(() => null)

// pack id, status, code, what the message says, upstream code, attempts
const COMPLETE = [
  ['mock-ok', 1], ['mock-gzip', 1], ['mock-slow-300', 1], ['mock-500-x1', 2], ['mock-503-x1', 2], ['mock-cut-x1', 2],
  ['mock-429-retry-1-x1', 2],
]
const REFUSED = [
  ['mock-400-missing', 'Invalid.CompliancePackId.Value', /does not exist|not exist/i, 'SecMaster.20030005'],
  ['mock-404', 'Invalid.CompliancePackId.Value', /exist/i, 'SecMaster.20030005'],
  ['mock-404-gateway', 'ReportFailed.Fetch', /APIGW\.0101/, 'APIGW.0101'],
  ['mock-400-snake', 'ReportFailed.Fetch', /SecMaster\.00040006/, 'SecMaster.00040006'],
  ['mock-400-camel', 'ReportFailed.Fetch', /SecMaster\.00040006/, 'SecMaster.00040006'],
  ['mock-400-plain', 'ReportFailed.Fetch', /SecMaster\.00040006/, 'SecMaster.00040006'],
  ['mock-400-nested', 'ReportFailed.Fetch', /SecMaster\.00040006/, 'SecMaster.00040006'],
  ['mock-400-integer', 'ReportFailed.Fetch', /400/, '400'],
  ['mock-400-text', 'ReportFailed.Fetch', /plain text/, '400'],
  ['mock-401', 'ReportFailed.Fetch', /401|APIGW/, 'APIGW.0301'],
  ['mock-401-service', 'ReportFailed.Fetch', /SecMaster\.90010015/, 'SecMaster.90010015'],
  ['mock-403', 'ReportFailed.Fetch', /APIGW\.0302/, 'APIGW.0302'],
  ['mock-redirect', 'ReportFailed.Fetch', /redirect|302/i, null],
  ['mock-big', 'ReportFailed.Fetch', /bytes|large|limit/i, null],
  ['mock-bomb', 'ReportFailed.Fetch', /bytes|large|limit/i, null],
]
const RETRIED = [
  ['mock-500', /SecMaster\.00040011/, 'SecMaster.00040011'],
  ['mock-503', /503/, '503'],
  ['mock-502', /APIGW\.0201/, 'APIGW.0201'],
  ['mock-cut', /JSON/i, null],
  ['mock-hello', /JSON/i, null],
  ['mock-empty', /empty|JSON/i, null],
  ['mock-short', /length|lost|transfer|closed|end/i, null],
  ['mock-encoding', /encoding/i, null],
  ['mock-reset', /reset|lost|closed|connection/i, null],
  ['mock-silent', /time|late|answer/i, null],
]

test('every answer of the upstream ends as the design says', inWorld(async world => {
  const { mock, settings } = await withUpstream(world)
  await world.startDaemon(settings)
  const all = [...COMPLETE, ...REFUSED, ...RETRIED].map(row => row[0])
  const ids = await Promise.all(all.map(pack => world.submit({ pack })))
  const answers = await Promise.all(ids.map(id => world.answer(id)))
  assert.ok(answers.every(answer => answer.Code === 'Accepted'))
  const history = async pack => (await world.report(pack, ACCOUNT, ['--history'])).history
  // curl repeats a request on a kept connection that the mock, for another pack, has just closed.
  const wasAsked = async (pack, times) => {
    const { requests } = await control(mock, `/packs/${pack}`)
    assert.ok(requests === times || requests === times + 1, `${pack}: ${requests} requests`)
  }

  for (const [pack, attempts] of COMPLETE) {
    const report = await world.reportEnds(pack)
    assert.equal(report.ReportStatus, 'COMPLETE', `${pack}: ${JSON.stringify(report)}`)
    await wasAsked(pack, attempts)
  }
  for (const [pack, code, message, upstream] of REFUSED) {
    const report = await world.reportEnds(pack)
    assert.equal(report.ReportStatus, 'FAILED', pack)
    assert.equal(report.Code, code, `${pack}: ${report.Message}`)
    assert.match(report.Message, message, pack)
    await wasAsked(pack, 1)
    const past = await history(pack)
    assert.equal(past.attempts, '1', `${pack} is not tried again`)
    const told = JSON.stringify(past)
    if (upstream) {
      assert.ok(told.includes(upstream), `${pack}: ${told}`)
      assert.match(told, /[0-9a-f]{32}/, `${pack}: the upstream's request id`)
    }
  }
  for (const [pack, message, upstream] of RETRIED) {
    const report = await world.reportEnds(pack)
    assert.equal(report.ReportStatus, 'FAILED', pack)
    assert.match(report.Message, message, `${pack}: ${report.Message}`)
    assert.equal((await history(pack)).attempts, '2', `${pack} is tried max_attempts times`)
    assert.notEqual(await world.redis.zscore(world.key('dead'), report.ReportId), null, `${pack} is a dead letter`)
    const told = JSON.stringify(await history(pack))
    if (upstream) assert.ok(told.includes(upstream), `${pack}: ${told}`)
  }
  assert.deepEqual((await control(mock, '')).violations, [])
  assert.equal(world.stagingFolders().length, 0)
}))

test('being turned away has a budget of its own', inWorld(async world => {
  const { mock, settings } = await withUpstream(world)
  await world.startDaemon({ ...settings, 'worker.max_throttled': '4' })
  const busy = 'mock-429-retry-1-x3' // longer than max_attempts
  for (const pack of [busy, 'mock-429-retry-1']) await world.answer(await world.submit({ pack }))
  await eventually('a wait is shown with its reason', async () => {
    const { stdout } = await world.cli(['status', '--account', ACCOUNT, '--pack', 'mock-429-retry-1'])
    return /^attempts +\d \(\d turned away by the service\)$/m.test(stdout)
  })
  assert.equal((await world.reportEnds(busy)).ReportStatus, 'COMPLETE')
  assert.equal((await control(mock, `/packs/${busy}`)).requests, 4)
  const report = await world.reportEnds('mock-429-retry-1')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.equal((await control(mock, '/packs/mock-429-retry-1')).requests, 4)
  const letter = JSON.parse((await world.cli(['dead', 'show', report.ReportId, '--json'])).stdout)
  assert.deepEqual([letter.attempts, letter.throttled, letter.transient, letter.crashes], ['4', '4', '0', '0'])
  assert.equal(letter.step, 'fetch')
  const fences = Object.keys(letter).filter(name => name.startsWith('attempt:')).map(name => letter[name].split('|')[1])
  assert.equal(new Set(fences).size, 4, 'each attempt has its fence')
  assert.deepEqual(JSON.parse((await world.cli(['dead', 'list', '--json'])).stdout).map(one => [one.throttled, one.transient]), [[4, 0]])
}))

test('the request is the documented one', inWorld(async world => {
  const { mock, settings } = await withUpstream(world)
  const daemon = await world.startDaemon(settings)
  await world.answer(await world.submit({ pack: 'mock-ok', Language: 'ZH-CN' }))
  assert.equal((await world.reportEnds('mock-ok')).ReportStatus, 'COMPLETE')
  const { headers } = await control(mock, '/packs/mock-ok')
  assert.equal(headers['x-auth-token'], TOKEN)
  assert.equal(headers['content-type'], 'application/json;charset=UTF-8')
  assert.equal(headers['x-language'], 'zh-cn')
  assert.match(headers['user-agent'], /^packreport\//)
  assert.ok(!daemon.stderr.text.includes(TOKEN), 'the token is not in the log')
  const commandLine = fs.readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')
  assert.ok(!commandLine.includes(TOKEN))
}))

test('a new token is taken over by SIGHUP', inWorld(async world => {
  const { settings } = await withUpstream(world)
  world.write('credentials/secmaster-token', 'old\n')
  const daemon = await world.startDaemon(settings)
  await world.answer(await world.submit({ pack: 'mock-ok' }))
  const refused = await world.reportEnds('mock-ok')
  assert.equal(refused.ReportStatus, 'FAILED')
  world.write('credentials/secmaster-token', TOKEN)
  daemon.kill('SIGHUP')
  await eventually('the reload is done', () => daemon.stderr.text.includes('"reload.done"'))
  const again = await world.answer(await world.submit({ pack: 'mock-ok' }))
  assert.equal((await world.reportEnds('mock-ok', { reportId: again.ReportId })).ReportStatus, 'COMPLETE')
}))

test('plain HTTP is refused unless the settings allow it', inWorld(async world => {
  const { mock, settings } = await withUpstream(world)
  await world.startDaemon({ ...settings, 'source.allow_plain_http': 'no' })
  await world.answer(await world.submit({ pack: 'mock-ok' }))
  const report = await world.reportEnds('mock-ok')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.match(report.Message, /http/)
  assert.equal((await control(mock, '')).requests, 0)
}))

test('an account whose credential is not there fails, and names the file', inWorld(async world => {
  const { settings } = await withUpstream(world)
  fs.rmSync(world.path('credentials/secmaster-token'))
  await world.startDaemon(settings)
  await world.answer(await world.submit({ pack: 'mock-ok' }))
  const report = await world.reportEnds('mock-ok')
  assert.equal(report.ReportStatus, 'FAILED')
  assert.match(report.Message, /secmaster-token/)
}))

test("the vendor's inconsistent sample makes a report, with warnings", inWorld(async world => {
  furnish(world)
  world.write('packs/sample.json', {
    uuid: 'sample', name: 'Sample', version: '1.0', check_items_num: 0, state: 1, type: 0,
    spec_catalog_vo_list: [{ uuid: 'self', serial_number: 2, level_number: 0, root: 'self', parent: 'self', is_leaf: false,
      check_items: [{ uuid: 'item-1', name: 'Item 1' }] }],
  })
  await world.startDaemon()
  await world.answer(await world.submit({ pack: 'sample' }))
  const ended = await world.reportEnds('sample')
  assert.equal(ended.ReportStatus, 'COMPLETE', JSON.stringify(ended))
  const report = JSON.parse(fs.readFileSync(`${ended.complete.location}/report.json`))
  assert.equal(ended.complete.summary.checkItems, 1)
  assert.ok(report.problems.list.length >= 3, JSON.stringify(report.problems))
  assert.ok(report.problems.list.every(problem => problem.severity === 'warning'))
}))
