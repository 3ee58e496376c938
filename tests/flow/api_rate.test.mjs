// SPDX-License-Identifier: MIT
//
// Requests of one account: so many a minute, at all daemons together, and what is said to whoever sends more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish, inventory } from './lib/fixtures.mjs'
import { CLIENTS } from './lib/clients.mjs'
import { KEY, addressOf, generate, get, openDoor, send, signedDoor, signedV1 } from './lib/door.mjs'

const OTHER = '200000000000002'
const RATE = { 'api.account_rate': '1', 'api.account_burst': '2' }

function furnishTwo(world) {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }, { AccountId: OTHER }] })
  world.write(`inventory/${OTHER}.ndjson`, inventory(10))
}

const bucket = world => world.key(`rate:${ACCOUNT}`, ACCOUNT)
// A minute passes for the bucket of ACCOUNT.
const passMinute = world => world.redis.incrby(bucket(world), -60e6)

function expectThrottled(answer) {
  assert.deepEqual([answer.status, answer.json?.Code], [400, 'Throttling.User'], answer.text)
  assert.match(answer.json.Message, /^Request was denied due to user flow control\. The account may send 1 requests a minute, 2 of them at once; the next one is let in after \d+ ms\.$/)
  const wait = answer.headers['x-acs-retry-after']
  assert.match(wait, /^[1-9]\d*$/)
  assert.ok(Number(wait) <= 60000, wait)
  assert.ok(answer.json.Message.includes(` ${wait} ms`))
}

test('an account that sends too much waits, at any daemon, and others do not', inWorld(async world => {
  world.partitions = 3
  furnishTwo(world)
  const one = await addressOf(await world.startDaemon({ ...openDoor, ...RATE }))
  const two = await addressOf(await world.startDaemon({ ...openDoor, ...RATE }))
  assert.equal((await get(one, 'pack-1')).status, 200)
  assert.equal((await generate(two, 'pack-1')).status, 200)
  await world.reportEnds('pack-1')
  for (const address of [one, two]) {
    expectThrottled(await get(address, 'pack-1'))
    expectThrottled(await generate(address, 'pack-2', { ClientToken: 'token-2' }))
    assert.equal((await get(address, 'pack-1', { AccountId: OTHER })).status, 200)
  }
  assert.equal((await world.report('pack-2')).ReportStatus, 'NONE')
  assert.equal(await world.redis.exists(world.key('creating', ACCOUNT)), 0, 'no job was written')
  assert.ok(await world.redis.pttl(bucket(world)) > 0)
  await passMinute(world)
  const accepted = await generate(one, 'pack-2', { ClientToken: 'token-2' })
  assert.equal(accepted.status, 200, accepted.text)
  await world.reportEnds('pack-2')
  assert.match((await world.cli(['doctor'])).stdout, /nothing is wrong/)
}))

test('a refused request costs one script call', inWorld(async world => {
  furnishTwo(world)
  const address = await addressOf(await world.startDaemon({ ...signedDoor(world), ...RATE }))
  const ask = () => send(address, signedV1({ action: 'GenerateCompliancePackReport', parameters: { CompliancePackId: 'pack-9' } }))
  for (let n = 0; n < 2; n++) assert.equal((await ask()).json.Code, 'Invalid.CompliancePackId.Value')
  expectThrottled(await ask()) // the script is known now, wherever it was not
  const commands = []
  const monitor = await world.redis.monitor()
  world.clients.push(monitor)
  monitor.on('monitor', (_, args, source) => {
    if (args.some(arg => arg.includes('rate:'))) commands.push(`${source === 'lua' ? 'in a script: ' : ''}${args[0].toLowerCase()}`)
  })
  expectThrottled(await ask())
  await eventually('the call was seen', () => commands.length > 0)
  monitor.disconnect()
  assert.deepEqual(commands, ['evalsha', 'in a script: get'])
  assert.equal((await world.redis.keys('*nonce:*')).length, 2, 'who waits has not used its nonce')
}))

test('what is set for one account holds at once', inWorld(async world => {
  furnishTwo(world)
  const address = await addressOf(await world.startDaemon({ ...openDoor }))
  for (let n = 0; n < 50; n++) assert.equal((await get(address, 'pack-1')).status, 200, 'no limit by itself')
  assert.equal(await world.redis.exists(bucket(world)), 0)
  const set = async (...args) => JSON.parse((await world.cli(['account', ...args, '--json'])).stdout)
  assert.deepEqual(await set('set', ACCOUNT, '--rate', '1', '--burst', '2'), { AccountId: ACCOUNT, unfinished: 0, rate: 1, burst: 2 })
  for (let n = 0; n < 2; n++) assert.equal((await get(address, 'pack-1')).status, 200)
  expectThrottled(await get(address, 'pack-1'))
  assert.match((await world.cli(['account', 'show', ACCOUNT])).stdout, new RegExp(`${ACCOUNT} +0 +default +default +1 +2\n$`))
  await set('set', ACCOUNT, '--rate', 'none')
  assert.equal((await get(address, 'pack-1')).status, 200)
  await set('set', ACCOUNT, '--rate', '1')
  expectThrottled(await get(address, 'pack-1'))
  assert.deepEqual(await set('unset', ACCOUNT), { AccountId: ACCOUNT, unfinished: 0 })
  assert.equal((await get(address, 'pack-1')).status, 200)
}))

test('without Redis nobody comes in, and with it all is as it was', inWorld(async world => {
  furnishTwo(world)
  const address = await addressOf(await world.startDaemon({ ...openDoor, ...RATE }))
  for (let n = 0; n < 2; n++) assert.equal((await get(address, 'pack-1')).status, 200)
  expectThrottled(await get(address, 'pack-1'))
  await world.redisServer.end('SIGTERM') // in order, so that the last second is on the disk
  for (let n = 0; n < 3; n++) {
    const answer = await get(address, 'pack-1')
    assert.deepEqual([answer.status, answer.json.Code], [503, 'ServiceUnavailable'])
    assert.equal(answer.headers['x-acs-retry-after'], undefined)
  }
  await world.startRedis()
  expectThrottled(await eventually('an answer', async () => {
    const answer = await get(address, 'pack-1')
    return answer.status !== 503 && answer
  }))
}))

test("the vendor's client is told in milliseconds when to come again", inWorld(async world => {
  furnishTwo(world)
  const address = await addressOf(await world.startDaemon({ ...signedDoor(world), ...RATE }))
  for (const [name, connect] of Object.entries(CLIENTS)) {
    await world.redis.del(bucket(world))
    const call = connect(address, KEY)
    for (let n = 0; n < 2; n++) await call('GetCompliancePackReport', { CompliancePackId: 'pack-1' })
    await assert.rejects(call('GetCompliancePackReport', { CompliancePackId: 'pack-1' }), error => {
      assert.equal(error.code ?? error.data?.Code, 'Throttling.User', name)
      if (name.startsWith('openapi-core')) assert.ok(error.retryAfter > 0 && error.retryAfter <= 60000, `${name}: ${error.retryAfter}`)
      return true
    })
  }
}))

test('who cannot sign takes nothing from the account', inWorld(async world => {
  furnishTwo(world)
  const daemon = await world.startDaemon({ ...signedDoor(world), ...RATE })
  const address = await addressOf(daemon)
  const forged = () => signedV1({ action: 'GetCompliancePackReport', parameters: { CompliancePackId: 'pack-1' }, key: { ...KEY, secret: 'wrong' } })
  for (let n = 0; n < 5; n++) assert.equal((await send(address, forged())).json.Code, 'SignatureDoesNotMatch')
  const good = signedV1({ action: 'GetCompliancePackReport', parameters: { CompliancePackId: 'pack-1' } })
  assert.equal((await send(address, good)).status, 200)
  for (let n = 0; n < 5; n++) assert.equal((await send(address, good)).json.Code, 'SignatureNonceUsed')
  assert.equal((await send(address, signedV1({ action: 'GetCompliancePackReport', parameters: { CompliancePackId: 'pack-1' } }))).status, 200)
}))
