// SPDX-License-Identifier: MIT
//
// Promises 1 to 3 of the design: one answer, idempotent, one at a time. Real Redis, real daemons.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { ACCOUNT, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const countBy = (list, of) => list.reduce((counts, one) => ({ ...counts, [of(one)]: (counts[of(one)] ?? 0) + 1 }), {})

test('300 requests for one pack at once, three daemons: one report', inWorld(async world => {
  furnish(world)
  // Held in `bind`, so that the first is still being made when the last request comes.
  const drill = { 'drill.step': 'bind', 'drill.stall': '3s' }
  await Promise.all([world.startDaemon(drill), world.startDaemon(drill), world.startDaemon(drill)])
  const ids = await Promise.all(Array.from({ length: 300 }, () => world.submit({ pack: 'pack-1' })))
  const answers = await Promise.all(ids.map(id => world.answer(id)))
  assert.deepEqual(countBy(answers, a => a.Code), { Accepted: 1, CompliancePackReportCreating: 299 })
  const refused = answers.find(a => a.Code !== 'Accepted')
  assert.equal(refused.HttpStatus, '400')
  assert.equal(refused.Message, 'The compliance pack report is being created.')

  const first = await world.reportEnds('pack-1')
  assert.equal(first.ReportStatus, 'COMPLETE')
  assert.equal(world.visibleReports('pack-1').length, 1)

  const again = await world.answer(await world.submit({ pack: 'pack-1' }))
  assert.equal(again.Code, 'Accepted')
  assert.notEqual(again.ReportId, first.ReportId)
  const second = await world.reportEnds('pack-1', { reportId: again.ReportId })
  assert.equal(second.ReportStatus, 'COMPLETE')
}))

test('200 requests with one ClientToken: one ReportId, before and after completion', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await Promise.all([world.startDaemon(), world.startDaemon()])
  const send = async () => {
    const ids = await Promise.all(Array.from({ length: 200 }, () => world.submit({ pack: 'pack-1', token: 'nightly' })))
    return Promise.all(ids.map(id => world.answer(id)))
  }
  const during = await send()
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  const after = await send()
  const all = [...during, ...after]
  assert.deepEqual(countBy(all, a => a.Code), { Accepted: 400 })
  assert.deepEqual(Object.keys(countBy(all, a => a.ReportId)), [report.ReportId])
  assert.equal(Object.keys(countBy(all, a => a.RequestId)).length, 1, 'the first RequestId in every answer')
  assert.equal(world.visibleReports('pack-1').length, 1)

  const other = await world.answer(await world.submit({ pack: 'pack-2', token: 'nightly' }))
  assert.equal(other.Code, 'IdempotentParameterMismatch')
  assert.equal(other.HttpStatus, '400')
  assert.equal(other.Message, 'The request is retried with updated parameters.')
}))

test('a refused request does not use up its token', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.startDaemon({ 'drill.step': 'bind', 'drill.stall': '2s' })
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1' }))).Code, 'Accepted')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1', token: 'later' }))).Code, 'CompliancePackReportCreating')
  const accepted = await world.answer(await world.submit({ pack: 'pack-2', token: 'later' }))
  assert.equal(accepted.Code, 'Accepted', 'the token is free for any parameters')
}))

test('tokens of one account do not meet those of another', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }, { AccountId: '2', inventory: `${ACCOUNT}.ndjson` }] })
  await world.startDaemon()
  assert.equal((await world.answer(await world.submit({ pack: 'pack-1', token: 't' }))).Code, 'Accepted')
  assert.equal((await world.answer(await world.submit({ account: '2', pack: 'pack-2', token: 't' }))).Code, 'Accepted')
}))

const long = 'x'.repeat(10240)
const badRequests = [
  ['ClientToken of 65 characters', { pack: 'pack-1', token: 't'.repeat(65) }, 'InvalidParameter', /ClientToken.*65.*64/],
  ['ClientToken empty', { pack: 'pack-1', token: '' }, 'InvalidParameter', /ClientToken.*empty/],
  ['ClientToken with a control character', { pack: 'pack-1', token: 'a\tb' }, 'InvalidParameter', /ClientToken.*control/i],
  ['ClientToken not ASCII', { pack: 'pack-1', token: 'schlüssel' }, 'InvalidParameter', /ClientToken.*ASCII/],
  ['no CompliancePackId', {}, 'MissingCompliancePackId', /^CompliancePackId is mandatory for this action\.$/],
  ['CompliancePackId with a slash', { pack: 'a/b' }, 'InvalidParameter', /CompliancePackId/],
  ['CompliancePackId that climbs', { pack: '..' }, 'InvalidParameter', /CompliancePackId/],
  ['CompliancePackId with a brace', { pack: 'a{0}b' }, 'InvalidParameter', /CompliancePackId/],
  ['CompliancePackId with a percent sign', { pack: 'a%2e' }, 'InvalidParameter', /CompliancePackId/],
  ['CompliancePackId with a NUL', { pack: 'a\0b' }, 'InvalidParameter', /CompliancePackId/],
  ['CompliancePackId of 10 kB', { pack: long }, 'InvalidParameter', /CompliancePackId/],
  ['AccountId with a slash', { account: '1/2', pack: 'pack-1' }, 'InvalidParameter', /AccountId/],
  ['AccountId of 10 kB', { account: long, pack: 'pack-1' }, 'InvalidParameter', /AccountId/],
  ['AccountId that is not in the file', { account: '999', pack: 'pack-1' }, 'AccountNotExisted', /^Your account does not exist\.$/],
  ['Language unknown', { pack: 'pack-1', Language: 'fr-fr' }, 'InvalidParameter', /Language/],
  ['Deadline no number', { pack: 'pack-1', Deadline: 'tomorrow' }, 'InvalidParameter', /Deadline/],
]

test('bad requests: each its own answer, and nothing else is written', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const keysBefore = new Set(await world.redis.keys('*'))
  const messages = new Set()
  const ids = []
  for (const [name, request, code, message] of badRequests) {
    const id = await world.submit(request)
    ids.push(id)
    const answer = await world.answer(id)
    assert.equal(answer.Code, code, name)
    assert.match(answer.Message, message, name)
    assert.ok(answer.Message.length < 256, name)
    assert.equal(answer.HttpStatus, code === 'AccountNotExisted' ? '404' : '400', name)
    messages.add(answer.Message)
  }
  assert.ok(messages.size >= 10, 'the sentences differ')
  const expected = new Set(ids.map(id => world.key(`answer:${id}`)))
  const extra = (await world.redis.keys('*')).filter(key => !keysBefore.has(key) && !expected.has(key) && !/:(events|workers.*|worker_info|heartbeats?)$/.test(key))
  assert.deepEqual(extra, [])
  assert.deepEqual(fs.readdirSync(world.store).filter(name => name !== '.staging'), [])
}))

test('a token of 64 printable ASCII characters is taken', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const token = ' {}:%/\\"*?[]~!@#$^&()_+=|;<>,.`' + 'z'.repeat(64)
  const answer = await world.answer(await world.submit({ pack: 'pack-1', token: token.slice(0, 64) }))
  assert.equal(answer.Code, 'Accepted')
}))

test('a plain XADD without RequestId is answered under its entry id', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const entry = await world.redis.xadd(world.key('requests'), '*', 'AccountId', ACCOUNT, 'CompliancePackId', 'pack-1')
  const answer = await world.answer(entry)
  assert.equal(answer.Code, 'Accepted')
  assert.match(answer.RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  assert.equal(await world.redis.xlen(world.key('requests')), 0, 'the intake is empty when idle')
}))

test('the same RequestId again has the first answer and makes no second report', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const requestId = randomUUID()
  await world.submit({ pack: 'pack-1', requestId })
  const first = await world.answer(requestId)
  await world.reportEnds('pack-1')
  await world.submit({ pack: 'pack-1', requestId })
  const probe = await world.answer(await world.submit({ account: '999', pack: 'pack-1' })) // behind it in the stream
  assert.equal(probe.Code, 'AccountNotExisted')
  assert.deepEqual(await world.redis.hgetall(world.key(`answer:${requestId}`)), first)
  assert.equal(world.visibleReports('pack-1').length, 1)
}))
