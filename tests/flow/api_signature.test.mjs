// SPDX-License-Identifier: MIT
//
// Signatures at the door: what is altered on the way is refused, a nonce is good once in the whole pool, keys are rotated without
// a restart, and policies say who may do what. The signatures themselves have their own tests (tests/api).
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { KEY, addressOf, send, signedDoor, signedV1, signedV3, writeKeys } from './lib/door.mjs'

const GET = 'GetCompliancePackReport'
const PACK = { CompliancePackId: 'pack-1' }
const ago = minutes => new Date(Date.now() - minutes * 60000).toISOString().replace(/\.\d+Z$/, 'Z')

async function expectCode(address, request, status, code) {
  const answer = await send(address, request)
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.json.Code, code, answer.text)
  return answer
}

test('what is altered behind the signature is refused', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const address = await addressOf(await world.startDaemon(signedDoor(world)))
  const v1 = (more = {}) => signedV1({ action: GET, parameters: PACK, ...more })
  const v3 = (more = {}) => signedV3({ method: 'GET', action: GET, query: PACK, host: address, ...more })
  for (const request of [v1(), v1({ inBody: true, method: 'POST' }), v3(), v3({ method: 'POST', query: {}, body: 'CompliancePackId=pack-1' })]) await expectCode(address, request, 200, undefined)
  const spoil = change => request => ({ ...request, path: change(request.path) })
  const table = [
    [v1({ spoil: spoil(path => path.replace('pack-1', 'pack-2')) }), 400, 'SignatureDoesNotMatch'],
    [v1({ spoil: request => ({ ...request, method: 'POST' }) }), 400, 'SignatureDoesNotMatch'],
    [v1({ spoil: spoil(path => `${path}&More=1`) }), 400, 'SignatureDoesNotMatch'],
    [v1({ spoil: spoil(path => `${path}&CompliancePackId=pack-2`) }), 400, 'InvalidCompliancePackId'],
    [v1({ spoil: spoil(path => path.replace('pack-1', 'pack%2D1')) }), 200, undefined],
    [v1({ key: { ...KEY, secret: 'wrong' } }), 400, 'SignatureDoesNotMatch'],
    [v1({ key: { ...KEY, id: 'nobody' } }), 404, 'InvalidAccessKeyId.NotFound'],
    [v1({ change: all => ({ ...all, Timestamp: ago(16) }) }), 400, 'InvalidTimeStamp.Expired'],
    [v1({ change: all => ({ ...all, Timestamp: ago(-16) }) }), 400, 'InvalidTimeStamp.Expired'],
    [v1({ change: all => ({ ...all, Timestamp: ago(14) }) }), 200, undefined],
    [v1({ change: all => ({ ...all, Timestamp: 'yesterday' }) }), 400, 'InvalidTimeStamp.Format'],
    [v1({ change: all => ({ ...all, SignatureMethod: 'HMAC-MD5' }) }), 400, 'InvalidSignatureMethod'],
    [v3({ spoil: spoil(path => path.replace('pack-1', 'pack-2')) }), 400, 'SignatureDoesNotMatch'],
    [v3({ headers: { 'x-acs-date': ago(16) } }), 400, 'InvalidTimeStamp.Expired'],
    [v3({ spoil: request => ({ ...request, headers: { ...request.headers, 'x-acs-action': 'GenerateCompliancePackReport' } }) }), 400, 'SignatureDoesNotMatch'],
    [v3({ spoil: request => ({ ...request, headers: { ...request.headers, 'x-acs-more': '1' } }) }), 400, 'IncompleteSignature'],
    [v3({ method: 'POST', query: {}, body: 'CompliancePackId=pack-1', spoil: request => ({ ...request, body: 'CompliancePackId=pack-2' }) }), 400, 'Invalidx-acs-content-sha256'],
    [v3({ spoil: request => ({ ...request, method: 'POST' }) }), 400, 'SignatureDoesNotMatch'],
    [v3({ spoil: spoil(path => path.replace('/?', '/x?')) }), 404, 'InvalidAction.NotFound'],
    [v3({ spoil: spoil(path => `${path}&CompliancePackId=pack-1`) }), 400, 'InvalidCompliancePackId'],
    [v3({ spoil: spoil(path => path.replace('pack-1', 'pack%2D1')) }), 200, undefined],
    [v3({ headers: { 'x-acs-date': ago(-16) } }), 400, 'InvalidTimeStamp.Expired'],
    [v3({ headers: { 'x-acs-date': ago(14) } }), 200, undefined],
    [v3({ key: { ...KEY, secret: 'wrong' } }), 400, 'SignatureDoesNotMatch'],
    [v3({ key: { ...KEY, id: 'nobody' } }), 404, 'InvalidAccessKeyId.NotFound'],
  ]
  for (const [request, status, code] of table) {
    const answer = await send(address, request)
    assert.equal(answer.status, status, `${request.path} ${answer.text}`)
    assert.equal(answer.json.Code, code, answer.text)
  }
  await expectCode(address, { path: `/?Action=${GET}&Version=2020-09-07&CompliancePackId=pack-1` }, 400, 'MissingAccessKeyId')
  const told = await expectCode(address, v1({ key: { ...KEY, secret: 'wrong' } }), 400, 'SignatureDoesNotMatch')
  assert.match(told.json.Message, /server string to sign is:GET&%2F&/)
  assert.ok(!told.text.includes(KEY.secret))
}))

test('a nonce is good once, at whichever daemon', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const settings = signedDoor(world)
  const doors = [await addressOf(await world.startDaemon(settings)), await addressOf(await world.startDaemon(settings))]
  const request = signedV1({ action: GET, parameters: PACK })
  await expectCode(doors[0], request, 200, undefined)
  await expectCode(doors[0], request, 400, 'SignatureNonceUsed')
  await expectCode(doors[1], request, 400, 'SignatureNonceUsed')
  const newer = signedV3({ method: 'GET', action: GET, query: PACK, host: doors[0] })
  await expectCode(doors[0], newer, 200, undefined)
  await expectCode(doors[1], newer, 400, 'SignatureNonceUsed')
  const forged = { ...request, path: request.path.replace(/SignatureNonce=[^&]*/, 'SignatureNonce=other') }
  await expectCode(doors[1], forged, 400, 'SignatureDoesNotMatch')
  for (const key of await world.redis.keys('*:nonce:*')) assert.ok(await world.redis.pttl(key) > 29 * 60000)
}))

test('keys change with SIGHUP: rotation, an inactive key, and a broken file that changes nothing', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const daemon = await world.startDaemon(signedDoor(world))
  const address = await addressOf(daemon)
  const key = { AccessKeyId: KEY.id, AccountId: ACCOUNT }
  const fresh = { ...KEY, secret: 'the-next-secret' }
  const ask = key => send(address, signedV1({ action: GET, parameters: PACK, key }))
  let reloads = 0
  const reload = async accessKeys => {
    if (accessKeys) writeKeys(world, accessKeys)
    else world.writePrivate('credentials/access-keys', '{"accessKeys": [{"AccessKeyId": 7, "secrets": ["never-to-be-seen"]}]}')
    daemon.kill('SIGHUP')
    reloads++
    await eventually('reloaded', () => logLines(daemon).filter(line => line.event === 'reload.done').length === reloads)
  }
  assert.equal((await ask(fresh)).json.Code, 'SignatureDoesNotMatch')
  await reload([{ ...key, secrets: [KEY.secret, fresh.secret] }])
  await eventually('both secrets are good', async () => (await ask(KEY)).status === 200 && (await ask(fresh)).status === 200)
  await reload([{ ...key, secrets: [fresh.secret] }])
  await eventually('the old one is not', async () => (await ask(KEY)).json.Code === 'SignatureDoesNotMatch')
  await reload(null)
  await eventually('it says so', () => logLines(daemon).some(line => line.event === 'reload.credentials_failed'))
  assert.equal((await ask(fresh)).status, 200)
  await reload([{ ...key, secrets: [fresh.secret], status: 'Inactive' }])
  await eventually('inactive', async () => (await ask(fresh)).json.Code === 'InvalidAccessKeyId.Inactive')
  for (const secret of [KEY.secret, fresh.secret, 'never-to-be-seen']) assert.ok(!daemon.stderr.text.includes(secret))
}))

test('keys that go while a request waits for Redis: it was let in, the next is not', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const daemon = await world.startDaemon(signedDoor(world, [{ UserName: 'u', policies: [{ Version: '1', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }] }]))
  const address = await addressOf(daemon)
  world.redisServer.kill('SIGSTOP')
  const waiting = send(address, signedV1({ action: GET, parameters: PACK }))
  waiting.catch(() => {})
  // Answered without Redis, each on a connection that came later.
  for (let i = 0; i < 2; i++) await expectCode(address, signedV1({ action: GET, parameters: PACK, key: { ...KEY, secret: 'wrong' } }), 400, 'SignatureDoesNotMatch')
  writeKeys(world, [{ AccessKeyId: 'another', AccountId: ACCOUNT, secrets: ['another-secret'] }])
  daemon.kill('SIGHUP')
  await eventually('reloaded', () => logLines(daemon).some(line => line.event === 'reload.done'))
  await eventually('the keys are others', async () =>
    (await send(address, signedV1({ action: GET, parameters: PACK, key: { ...KEY, secret: 'wrong' } }))).json.Code === 'InvalidAccessKeyId.NotFound')
  world.redisServer.kill('SIGCONT')
  const { status, text } = await waiting
  assert.equal(status, 200, text)
  await expectCode(address, signedV1({ action: GET, parameters: PACK }), 404, 'InvalidAccessKeyId.NotFound')
}))

test('policies: what is not allowed is denied, and said so', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const statement = (Effect, Action, Resource) => ({ Effect, Action, Resource })
  const policies = (...Statement) => [{ Version: '1', Statement }]
  const reader = { id: 'reader', UserName: 'reader', policies: policies(statement('Allow', 'config:Get*', 'acs:config:*:*:*')) }
  const one = { id: 'one', UserName: 'one', policies: policies(statement('Allow', 'config:*', `acs:config:*:${ACCOUNT}:compliancepack/pack-1`)) }
  const denied = { id: 'denied', UserName: 'denied', policies: policies(statement('Allow', '*', '*'), statement('Deny', 'config:Generate*', '*')) }
  const nobody = { id: 'nothing', UserName: 'nothing', policies: [] }
  const address = await addressOf(await world.startDaemon(signedDoor(world, [reader, one, denied, nobody, {}])))
  const ask = (id, action, pack) => send(address, signedV1({ action, parameters: { CompliancePackId: pack }, key: { ...KEY, id } }))
  const table = [
    ['reader', GET, 'pack-1', 200], ['reader', 'GenerateCompliancePackReport', 'pack-1', 403, 'ImplicitDeny'],
    ['one', GET, 'pack-1', 200], ['one', GET, 'pack-2', 403, 'ImplicitDeny'], ['one', 'GenerateCompliancePackReport', 'pack-1', 200],
    ['denied', GET, 'pack-1', 200], ['denied', 'GenerateCompliancePackReport', 'pack-2', 403, 'ExplicitDeny'],
    ['nothing', GET, 'pack-1', 403, 'ImplicitDeny'], [KEY.id, 'GenerateCompliancePackReport', 'pack-2', 200],
  ]
  for (const [id, action, pack, status, kind] of table) {
    const answer = await ask(id, action, pack)
    assert.equal(answer.status, status, `${id} ${action} ${pack}: ${answer.text}`)
    if (kind) {
      assert.equal(answer.json.Code, 'NoPermission')
      assert.equal(answer.json.AccessDeniedDetail.NoPermissionType, kind)
      assert.equal(answer.json.AccessDeniedDetail.AuthAction, `config:${action}`)
    }
  }
}))

test('a key file that others may read, or that is not there, keeps the daemon from starting', inWorld(async world => {
  furnish(world)
  const settings = signedDoor(world)
  fs.chmodSync(world.path('credentials/access-keys'), 0o644)
  const daemon = await world.startDaemon(settings, { ready: false })
  assert.equal((await daemon.ended).code, 78)
  assert.match(daemon.stderr.text, /access-keys/)
  assert.ok(!daemon.stderr.text.includes(KEY.secret))
  fs.rmSync(world.path('credentials/access-keys'))
  const checked = await world.startDaemon(settings, { ready: false, args: ['--check-config'] })
  assert.equal((await checked.ended).code, 78)
  assert.match(checked.stderr.text, /:\d+: \[api\] keys: there is no readable file of this name in /)
}))
