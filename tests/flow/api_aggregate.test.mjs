// SPDX-License-Identifier: MIT
//
// Reports over an account group: with the vendor's clients, what is in them, one at a time for each group and pack, each error,
// by what a policy allows, over the queue and the command line, and a file of accounts that is wrong.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'
import { CLIENTS } from './lib/clients.mjs'
import { KEY, addressOf, ask, expectError, openDoor, send, signedDoor, signedV1 } from './lib/door.mjs'

const MEMBERS = [ACCOUNT, '100000000000002', '100000000000003']
const GROUP = 'ca-0123456789abcdef0123'
const OTHER = 'ca-of-another-account'

// Three members, of which the last has no inventory, and a group of another account.
function furnishGroup(world) {
  furnish(world, { packs: ['pack-1', 'pack-2'], accounts: MEMBERS })
  world.write(`inventory/${MEMBERS[1]}.ndjson`, inventory(4))
  fs.rmSync(world.path(`inventory/${MEMBERS[2]}.ndjson`))
  world.write('accounts.json', { accounts: MEMBERS.map(AccountId => ({ AccountId })), aggregators: [
    { AggregatorId: GROUP, AccountId: ACCOUNT, accounts: MEMBERS },
    { AggregatorId: 'ca-2', AccountId: ACCOUNT, accounts: [MEMBERS[1]] },
    { AggregatorId: OTHER, AccountId: MEMBERS[1], accounts: [MEMBERS[1]] },
  ] })
}

const generate = (address, pack, parameters) => ask(address, 'GenerateAggregateCompliancePackReport', { AggregatorId: GROUP, CompliancePackId: pack, ...parameters })
const get = (address, pack, parameters) => ask(address, 'GetAggregateCompliancePackReport', { AggregatorId: GROUP, CompliancePackId: pack, ...parameters })
const fetched = url => send(new URL(url).host, { path: new URL(url).pathname + new URL(url).search })

for (const [name, connect] of Object.entries(CLIENTS)) {
  test(`${name}: a report over a group, its token again, and errors`, inWorld(async world => {
    furnishGroup(world)
    const call = connect(await addressOf(await world.startDaemon(signedDoor(world))), KEY)
    const asked = { AggregatorId: GROUP, CompliancePackId: 'pack-1' }
    const first = await call('GenerateAggregateCompliancePackReport', { ...asked, ClientToken: 't', MultiFiles: true })
    assert.equal(first.CompliancePackId, 'pack-1')
    assert.equal((await call('GenerateAggregateCompliancePackReport', { ...asked, ClientToken: 't' })).RequestId, first.RequestId)
    const report = await eventually('COMPLETE', async () => {
      const { CompliancePackReport } = await call('GetAggregateCompliancePackReport', asked)
      return CompliancePackReport.ReportStatus === 'COMPLETE' && CompliancePackReport
    })
    assert.equal(report.CompliancePackId, 'pack-1')
    assert.equal(String(report.AccountId), ACCOUNT)
    const manifest = (await fetched(report.ReportUrl.replace('report.csv', 'manifest.json'))).json
    assert.deepEqual(manifest.files.map(file => file.name), ['accounts.csv', 'findings.ndjson', 'report.csv', 'report.json', 'summary.txt'])
    for (const file of manifest.files) {
      const { status, bytes } = await fetched(report.ReportUrl.replace('report.csv', file.name))
      assert.equal(status, 200)
      assert.equal(crypto.createHash('sha256').update(bytes).digest('hex'), file.sha256, file.name)
    }
    const refused = (call, code) => assert.rejects(call, error => (error.code ?? error.data?.Code) === code || assert.fail(error.stack))
    await refused(call('GenerateAggregateCompliancePackReport', { ...asked, AggregatorId: 'ca-9' }), 'Invalid.AggregatorId.Value')
    await refused(call('GetAggregateCompliancePackReport', { ...asked, AggregatorId: OTHER }), 'Invalid.AggregatorId.Value')
    await refused(call('GenerateAggregateCompliancePackReport', { ...asked, CompliancePackId: 'pack-9' }), 'Invalid.CompliancePackId.Value')
    await refused(call('GetAggregateCompliancePackReport', { CompliancePackId: 'pack-1' }), 'MissingAggregatorId')
    await refused(call('GenerateAggregateCompliancePackReport', { ...asked, CompliancePackId: 'pack-2', ClientToken: 't' }), 'IdempotentParameterMismatch')
  }))
}

test('sections of the accounts, sums over them, and who has no inventory', inWorld(async world => {
  furnishGroup(world)
  const address = await addressOf(await world.startDaemon(openDoor))
  assert.deepEqual((await get(address, 'pack-1')).json.CompliancePackReport,
    { CompliancePackId: 'pack-1', AccountId: Number(ACCOUNT), ReportStatus: 'NONE' })
  assert.equal((await generate(address, 'pack-1')).status, 200)
  const done = await eventually('COMPLETE', async () => {
    const { CompliancePackReport: report } = (await get(address, 'pack-1')).json
    return report.ReportStatus === 'COMPLETE' && report
  })
  assert.ok(done.ReportUrl.startsWith(`http://${address}/reports/${ACCOUNT}/${GROUP}.pack-1/`), done.ReportUrl)
  const [{ folder }] = world.visibleReports(`${GROUP}.pack-1`)
  const report = JSON.parse(fs.readFileSync(path.join(folder, 'report.json')))
  assert.equal(report.run.aggregatorId, GROUP)
  assert.deepEqual(report.accounts.map(account => [account.accountId, account.hasInventory]), [[MEMBERS[0], true], [MEMBERS[1], true], [MEMBERS[2], false]])
  // Rule n wants a size above n, of sizes 0 to 9 and 0 to 3.
  assert.deepEqual(report.accounts.slice(0, 2).map(account => account.findingCounts.COMPLIANT), [8 + 7 + 6, 2 + 1 + 0])
  assert.equal(report.summary.findingCounts.COMPLIANT, 24)
  assert.equal(report.summary.findingCounts.NON_COMPLIANT, 3 * 14 - 24)
  assert.equal(report.inventory.records, 14)
  const owners = fs.readFileSync(path.join(folder, 'findings.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line).accountId)
  assert.deepEqual([...new Set(owners)], MEMBERS.slice(0, 2))
  assert.match(fs.readFileSync(path.join(folder, 'accounts.csv'), 'utf8'), new RegExp(`\r\n${MEMBERS[2]},missing,,,,,,,,,,,,\r\n$`))
  assert.match(fs.readFileSync(path.join(folder, 'summary.txt'), 'utf8'), new RegExp(`Accounts of ${GROUP}\n.*\n.*\n  ${MEMBERS[2]} +no inventory\n`))
  // The account's own report of the pack is another one.
  assert.equal((await ask(address, 'GetCompliancePackReport', { CompliancePackId: 'pack-1' })).json.CompliancePackReport.ReportStatus, 'NONE')
  const xml = await get(address, 'pack-1', { Format: 'XML' })
  assert.match(xml.text, /<GetAggregateCompliancePackReportResponse>.*<ReportStatus>COMPLETE<\/ReportStatus>.*&amp;Signature=.*<\/GetAggregateCompliancePackReportResponse>$/)
}))

test('one at a time for each group and pack, over HTTP and the queue', inWorld(async world => {
  furnishGroup(world)
  const address = await addressOf(await world.startDaemon({ ...openDoor, 'drill.step': 'evaluate', 'drill.stall': '1min' }))
  assert.equal((await generate(address, 'pack-1')).status, 200)
  expectError(await generate(address, 'pack-1'), 400, 'CompliancePackReportCreating', /^The compliance pack report is being created\.$/)
  assert.equal((await generate(address, 'pack-2')).status, 200)
  assert.equal((await generate(address, 'pack-1', { AggregatorId: 'ca-2' })).status, 200)
  assert.equal((await ask(address, 'GenerateCompliancePackReport', { CompliancePackId: 'pack-1' })).status, 200)
  const queued = async fields => world.answer(await world.submit({ pack: 'pack-1', ...fields }))
  const refused = await queued({ AggregatorId: GROUP })
  assert.deepEqual([refused.Code, refused.AggregatorId, refused.CompliancePackId], ['CompliancePackReportCreating', GROUP, 'pack-1'])
  assert.deepEqual((await queued({ AggregatorId: 'ca-9' })).Code, 'Invalid.AggregatorId.Value')
  assert.deepEqual((await queued({ AggregatorId: OTHER })).Code, 'Invalid.AggregatorId.Value')
  assert.deepEqual((await queued({ AggregatorId: 'a.b' })).Code, 'InvalidParameter')
}))

test('each error with its status, code and message', inWorld(async world => {
  furnishGroup(world)
  const address = await addressOf(await world.startDaemon(openDoor))
  for (const call of [generate, get]) {
    expectError(await call(address, 'pack-1', { AggregatorId: 'ca-9' }), 400, 'Invalid.AggregatorId.Value', /^The specified AggregatorId is invalid\.$/)
    expectError(await call(address, 'pack-1', { AggregatorId: OTHER }), 400, 'Invalid.AggregatorId.Value')
    expectError(await call(address, 'pack-1', { AggregatorId: '' }), 400, 'MissingAggregatorId', /^AggregatorId is mandatory for this action\.$/)
    expectError(await call(address, 'pack-1', { AggregatorId: '../etc' }), 400, 'InvalidParameter', /AggregatorId/)
    expectError(await call(address, 'pack-9'), 400, 'Invalid.CompliancePackId.Value')
    expectError(await call(address, ''), 400, 'MissingCompliancePackId')
    expectError(await call(address, 'pack-1', { AccountId: '7' }), 404, 'AccountNotExisted')
  }
  expectError(await generate(address, 'pack-1', { MultiFiles: 'some' }), 400, 'InvalidMultiFiles', /true or false is right/)
  expectError(await generate(address, 'pack-1', { ClientToken: 'x'.repeat(65) }), 400, 'InvalidParameter', /ClientToken/)
  for (const member of MEMBERS) fs.rmSync(world.path(`inventory/${member}.ndjson`), { force: true })
  assert.equal((await generate(address, 'pack-1')).status, 200)
  const failed = await eventually('it failed', async () => {
    const { CompliancePackReport: report } = (await get(address, 'pack-1')).json
    return report.FailureStatus && report
  })
  assert.equal(failed.FailureStatus, 'FAILED')
  assert.match(failed.FailureMessage, /none of the 3 accounts of ca-0123456789abcdef0123 has one/)
}))

test('what a policy allows', inWorld(async world => {
  furnishGroup(world)
  const statement = (Action, Resource) => ({ policies: [{ Version: '1', Statement: [{ Effect: 'Allow', Action, Resource }] }], UserName: 'user' })
  const keys = [
    { id: 'reads', ...statement('config:GetAggregate*', `acs:config:*:${ACCOUNT}:aggregatecompliancepack/pack-1`) },
    { id: 'older', ...statement('config:*', `acs:config:*:${ACCOUNT}:*`) },
    { id: 'packs', ...statement('config:*', `acs:config:*:${ACCOUNT}:compliancepack/*`) },
  ]
  const address = await addressOf(await world.startDaemon(signedDoor(world, keys)))
  const as = (id, action, pack = 'pack-1') => send(address, signedV1({ action: `${action}AggregateCompliancePackReport`, parameters: { AggregatorId: GROUP, CompliancePackId: pack }, key: { ...KEY, id } }))
  assert.equal((await as('reads', 'Get')).status, 200)
  expectError(await as('reads', 'Get', 'pack-2'), 403, 'NoPermission')
  const denied = await as('reads', 'Generate')
  expectError(denied, 403, 'NoPermission')
  assert.equal(denied.json.AccessDeniedDetail.AuthAction, 'config:GenerateAggregateCompliancePackReport')
  assert.equal((await as('older', 'Generate')).status, 200)
  expectError(await as('packs', 'Get'), 403, 'NoPermission')
}))

test('the command line', inWorld(async world => {
  furnishGroup(world)
  await world.startDaemon()
  const run = (args, status = 0) => world.cli(args, { status })
  const of = ['--account', ACCOUNT, '--pack', 'pack-1', '--aggregator', GROUP]
  const { stdout } = await run(['generate', ...of, '--wait', '--json'])
  const { report } = JSON.parse(stdout)
  assert.deepEqual([report.AggregatorId, report.CompliancePackId, report.ReportStatus], [GROUP, 'pack-1', 'COMPLETE'])
  assert.deepEqual([report.complete.summary.accounts, report.complete.summary.accountsWithoutInventory], [3, 1])
  assert.match((await run(['status', ...of])).stdout, new RegExp(`group +${GROUP}\npack +pack-1\n`))
  await run(['status', '--account', ACCOUNT, '--pack', 'pack-1'], 1)
  assert.match((await run(['list'])).stdout, new RegExp(`${GROUP}\\.pack-1`))
  await run(['download', ...of, '--out', world.path('copy')])
  assert.ok(fs.existsSync(world.path('copy/accounts.csv')))
  await run(['pause', ...of])
  assert.deepEqual(JSON.parse((await run(['pause', '--list', '--json'])).stdout).map(({ AggregatorId, CompliancePackId }) => [AggregatorId, CompliancePackId]), [[GROUP, 'pack-1']])
  await run(['generate', ...of])
  await run(['cancel', ...of])
  await run(['resume', ...of])
}))

test('a group that is wrong is one error at the start', inWorld(async world => {
  furnishGroup(world)
  const accounts = MEMBERS.map(AccountId => ({ AccountId }))
  const table = [
    [[{ AggregatorId: 'ca-1', AccountId: ACCOUNT, accounts: ['7'] }], /is none of the accounts of this file.*\/aggregators\/0\/accounts\/0/],
    [[{ AggregatorId: 'ca-1', AccountId: ACCOUNT, accounts: [] }], /one or more are right.*\/aggregators\/0\/accounts/],
    [[1, 2].map(() => ({ AggregatorId: 'ca-1', AccountId: ACCOUNT, accounts: [ACCOUNT] })), /an earlier entry has the same .*AggregatorId.*\/aggregators\/1/],
  ]
  for (const [aggregators, message] of table) {
    world.write('accounts.json', { accounts, aggregators })
    const daemon = await world.startDaemon({}, { ready: false })
    assert.equal((await daemon.ended).code, 78)
    assert.match(daemon.stderr.text, message)
  }
}))
