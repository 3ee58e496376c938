// SPDX-License-Identifier: MIT
//
// ListCompliancePacks and GetCompliancePack: with the vendor's clients, in both formats, page by page, with each error, by what a
// policy allows, and from SecMaster.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, inWorld } from './lib/harness.mjs'
import { furnish, itemId } from './lib/fixtures.mjs'
import { CLIENTS } from './lib/clients.mjs'
import { KEY, addressOf, ask, expectError, openDoor, send, signedDoor, signedV1 } from './lib/door.mjs'
import { startMockSecMaster } from '../support/mock-secmaster.mjs'

const TWELVE = Array.from({ length: 12 }, (_, n) => `pack-${String(n + 1).padStart(2, '0')}`)

const list = (address, parameters) => ask(address, 'ListCompliancePacks', parameters)
const getPack = (address, id, parameters) => ask(address, 'GetCompliancePack', { CompliancePackId: id, ...parameters })
const idsOf = result => result.CompliancePacks.map(pack => pack.CompliancePackId)

async function opened(world) {
  furnish(world, { packs: TWELVE })
  return addressOf(await world.startDaemon(openDoor))
}

for (const [name, connect] of Object.entries(CLIENTS)) {
  test(`${name}: a page of packs, one of them, and errors`, inWorld(async world => {
    furnish(world, { packs: TWELVE })
    const call = connect(await addressOf(await world.startDaemon(signedDoor(world))), KEY)
    const { CompliancePacksResult: page } = await call('ListCompliancePacks', { PageNumber: 2, PageSize: 5 })
    assert.deepEqual(idsOf(page), TWELVE.slice(5, 10))
    assert.equal(page.TotalCount, 12)
    const { CompliancePack: pack } = await call('GetCompliancePack', { CompliancePackId: 'pack-07' })
    assert.equal(pack.CompliancePackName, 'Pack pack-07')
    assert.equal(String(pack.AccountId), ACCOUNT)
    assert.deepEqual(pack.ConfigRules.map(rule => ({ ...rule })), [1, 2, 3].map(n => ({ ConfigRuleId: itemId(n), ConfigRuleName: `Item ${n}` })))
    const refused = (call, code) => assert.rejects(call, error => (error.code ?? error.data?.Code) === code || assert.fail(error.stack))
    await refused(call('GetCompliancePack', { CompliancePackId: 'pack-99' }), 'Invalid.CompliancePackId.Value')
    await refused(call('GetCompliancePack', {}), 'MissingCompliancePackId')
    await refused(call('ListCompliancePacks', { PageSize: 101 }), 'InvalidPageSize')
  }))
}

test('pages', inWorld(async world => {
  const address = await opened(world)
  const first = (await list(address)).json.CompliancePacksResult
  assert.deepEqual(Object.keys(first).sort(), ['CompliancePacks', 'PageNumber', 'PageSize', 'TotalCount'])
  assert.deepEqual([first.PageNumber, first.PageSize, first.TotalCount], [1, 10, 12])
  assert.deepEqual(idsOf(first), TWELVE.slice(0, 10))
  assert.deepEqual(first.CompliancePacks[0], { CompliancePackId: 'pack-01', CompliancePackName: 'Pack pack-01', AccountId: Number(ACCOUNT),
    Description: '', Status: 'ACTIVE' })
  const seen = []
  for (let page = 1; page <= 4; page++) {
    const { CompliancePacksResult: result } = (await list(address, { PageNumber: page, PageSize: 5, Status: 'ACTIVE' })).json
    assert.deepEqual([result.PageNumber, result.PageSize, result.TotalCount], [page, 5, 12])
    seen.push(...idsOf(result))
  }
  assert.deepEqual(seen, TWELVE)
  for (const none of [{ Status: 'CREATING' }, { Tag: '[{"Key":"a"}]' }, { 'Tag.1.Key': 'a' }]) {
    const { CompliancePacksResult: result } = (await list(address, none)).json
    assert.deepEqual([result.TotalCount, result.CompliancePacks], [0, []])
  }
  const inForm = await send(address, { method: 'POST', path: `/?Action=ListCompliancePacks&Version=2020-09-07&AccountId=${ACCOUNT}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'PageSize=100' })
  assert.deepEqual(idsOf(inForm.json.CompliancePacksResult), TWELVE)
}))

test('XML', inWorld(async world => {
  const address = await opened(world)
  const page = await list(address, { Format: 'XML', PageSize: 2, PageNumber: 6 })
  const summary = id => `<CompliancePacks><CompliancePackId>${id}</CompliancePackId><CompliancePackName>Pack ${id}</CompliancePackName>` +
    `<AccountId>${ACCOUNT}</AccountId><Description></Description><Status>ACTIVE</Status></CompliancePacks>`
  assert.match(page.text, /^<\?xml version='1\.0' encoding='UTF-8'\?><ListCompliancePacksResponse><RequestId>[-0-9A-F]{36}<\/RequestId>/)
  assert.ok(page.text.endsWith('<CompliancePacksResult><PageNumber>6</PageNumber><PageSize>2</PageSize><TotalCount>12</TotalCount>' +
    `${summary('pack-11')}${summary('pack-12')}</CompliancePacksResult></ListCompliancePacksResponse>`), page.text)
  const pack = await getPack(address, 'pack-01', { Format: 'XML' })
  assert.match(pack.text, /<GetCompliancePackResponse>.*<CompliancePack><CompliancePackId>pack-01<\/CompliancePackId>.*<ConfigRules><ConfigRuleId>item-1<\/ConfigRuleId><ConfigRuleName>Item 1<\/ConfigRuleName><\/ConfigRules><ConfigRules>.*<Scope><\/Scope><\/CompliancePack><\/GetCompliancePackResponse>$/)
  assert.match((await getPack(address, 'pack-99', { Format: 'XML' })).text, /<Code>Invalid\.CompliancePackId\.Value<\/Code>/)
}))

test('each error with its status, code and message', inWorld(async world => {
  const address = await opened(world)
  expectError(await getPack(address, 'pack-99'), 400, 'Invalid.CompliancePackId.Value', /^The specified CompliancePackId does not exist\.$/)
  expectError(await getPack(address, 'pack-99'), 400, 'Invalid.CompliancePackId.Value')
  expectError(await ask(address, 'GetCompliancePack'), 400, 'MissingCompliancePackId')
  expectError(await getPack(address, '../etc'), 400, 'InvalidParameter', /CompliancePackId/)
  expectError(await getPack(address, 'pack-01', { AccountId: '7' }), 404, 'AccountNotExisted')
  expectError(await list(address, { AccountId: '7' }), 404, 'AccountNotExisted')
  expectError(await list(address, { AccountId: '' }), 400, 'MissingAccountId')
  expectError(await list(address, { Language: 'de' }), 400, 'InvalidParameter', /Language/)
  for (const size of ['0', '101', 'x', '', '-1', '1.5']) expectError(await list(address, { PageSize: size }), 400, 'InvalidPageSize', /1 to 100 is right/)
  for (const page of ['0', 'x', '1000001']) expectError(await list(address, { PageNumber: page }), 400, 'InvalidPageNumber', /1 to 1000000 is right/)
  expectError(await list(address, { Status: 'active' }), 400, 'InvalidStatus', /"active"; ACTIVE or CREATING is right/)
  expectError(await list(address, { RiskLevel: '1' }), 400, 'InvalidRiskLevel', /leave it out/)
  world.write('packs/pack-bad.json', '{"uuid": "pack-bad", ')
  expectError(await getPack(address, 'pack-bad'), 500, 'InternalError')
  assert.ok(idsOf((await list(address, { PageSize: 100 })).json.CompliancePacksResult).includes('pack-bad'))
}))

test('what a policy allows', inWorld(async world => {
  furnish(world, { packs: TWELVE })
  const statement = (Action, Resource) => ({ policies: [{ Version: '1', Statement: [{ Effect: 'Allow', Action, Resource }] }], UserName: 'user' })
  const keys = [
    { id: 'lists', ...statement('config:ListCompliancePacks', '*') },
    { id: 'lists-older', ...statement('config:List*', `acs:config:*:${ACCOUNT}:*`) },
    { id: 'one', ...statement('config:*', `acs:config:*:${ACCOUNT}:compliancepack/pack-01`) },
  ]
  const address = await addressOf(await world.startDaemon(signedDoor(world, keys)))
  const as = (id, action, parameters) => send(address, signedV1({ action, parameters, key: { ...KEY, id } }))
  assert.equal((await as('lists', 'ListCompliancePacks')).status, 200)
  assert.equal((await as('lists-older', 'ListCompliancePacks')).status, 200)
  expectError(await as('lists', 'GetCompliancePack', { CompliancePackId: 'pack-01' }), 403, 'NoPermission')
  assert.equal((await as('one', 'GetCompliancePack', { CompliancePackId: 'pack-01' })).status, 200)
  expectError(await as('one', 'GetCompliancePack', { CompliancePackId: 'pack-02' }), 403, 'NoPermission')
  const denied = await as('one', 'ListCompliancePacks')
  expectError(denied, 403, 'NoPermission')
  assert.equal(denied.json.AccessDeniedDetail.AuthAction, 'config:ListCompliancePacks')
}))

test('packs of SecMaster', inWorld(async world => {
  furnish(world)
  const mock = await startMockSecMaster({ token: 'token-for-tests' })
  world.closers.push(() => mock.stop())
  world.write('credentials/token', 'token-for-tests\n')
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT, project_id: 'project', workspace_id: 'workspace', base_url: mock.url, credential: 'token' }] })
  const address = await addressOf(await world.startDaemon({ ...openDoor, 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes',
    'credentials.path': world.path('credentials') }))
  const page = (await list(address, { PageNumber: 3, PageSize: 5 })).json.CompliancePacksResult
  assert.deepEqual([idsOf(page), page.TotalCount], [['pack-11', 'pack-12'], 12])
  assert.equal((await getPack(address, 'pack-01')).json.CompliancePack.ConfigRules.length, 10)
  expectError(await getPack(address, 'mock-400-missing'), 400, 'Invalid.CompliancePackId.Value')
  expectError(await getPack(address, 'mock-503'), 503, 'ServiceUnavailable')
  mock.behave('search', '500-x1', 'hello-x1', 'empty-x1', '404-x1', 'ok')
  for (let n = 0; n < 4; n++) expectError(await list(address), 503, 'ServiceUnavailable')
  assert.equal((await list(address)).status, 200)
  assert.deepEqual(mock.mock.violations, [])
}))
