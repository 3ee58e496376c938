// SPDX-License-Identifier: MIT
//
// The vendor's published clients, unmodified, against the daemon: success, errors, a replayed ClientToken, waiting for
// COMPLETE, and the report's files against its manifest.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { describe, mock, test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { CLIENTS } from './lib/clients.mjs'
import { KEY, addressOf, send, signedDoor } from './lib/door.mjs'

const codeOf = error => error.code ?? error.data?.Code

async function refused(call, code, text, check = () => {}) {
  await assert.rejects(call, error => {
    assert.equal(codeOf(error), code, `${error.stack}`)
    assert.match(error.message, text)
    check(error)
    return true
  })
}

// What is signed meanwhile is signed by a clock that is so wrong.
async function withClock(offMinutes, body) {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + offMinutes * 60000 })
  try {
    return await body()
  } finally {
    mock.timers.reset()
  }
}

const fetched = async url => send(new URL(url).host, { path: new URL(url).pathname + new URL(url).search })

for (const [name, connect] of Object.entries(CLIENTS)) {
  describe(name, () => {
    test('a report, its token again, and its files', inWorld(async world => {
      furnish(world, { packs: ['pack-1'] })
      const address = await addressOf(await world.startDaemon(signedDoor(world)))
      const call = connect(address, KEY)
      const token = "tok en*~/+'!()é".replace('é', '') // what clients escape in ways of their own
      const first = await call('GenerateCompliancePackReport', { CompliancePackId: 'pack-1', ClientToken: token })
      assert.equal(first.CompliancePackId, 'pack-1')
      const again = await call('GenerateCompliancePackReport', { CompliancePackId: 'pack-1', ClientToken: token })
      assert.equal(again.RequestId, first.RequestId)
      const report = await eventually('COMPLETE', async () => {
        const { CompliancePackReport } = await call('GetCompliancePackReport', { CompliancePackId: 'pack-1' })
        return CompliancePackReport.ReportStatus === 'COMPLETE' && CompliancePackReport
      })
      assert.equal(String(report.AccountId), ACCOUNT)
      const manifest = (await fetched(report.ReportUrl.replace('report.csv', 'manifest.json'))).json
      assert.ok(manifest.files.length >= 4)
      for (const file of manifest.files) {
        const { status, bytes } = await fetched(report.ReportUrl.replace('report.csv', file.name))
        assert.equal(status, 200)
        assert.equal(crypto.createHash('sha256').update(bytes).digest('hex'), file.sha256, file.name)
      }
    }))

    test('errors arrive with code and message', inWorld(async world => {
      furnish(world, { packs: ['pack-1', 'pack-2'] })
      const daemon = await world.startDaemon({ ...signedDoor(world), 'drill.step': 'evaluate', 'drill.stall': '1min' })
      const address = await addressOf(daemon)
      const call = connect(address, KEY)
      const generate = (pack, more) => call('GenerateCompliancePackReport', { CompliancePackId: pack, ...more })
      await generate('pack-1', { ClientToken: 't' })
      await refused(generate('pack-1'), 'CompliancePackReportCreating', /is being created/)
      await refused(generate('pack-2', { ClientToken: 't' }), 'IdempotentParameterMismatch', /updated parameters/)
      await refused(generate('pack-9'), 'Invalid.CompliancePackId.Value', /does not exist/)
      await refused(call('GetCompliancePackReport', {}), 'MissingCompliancePackId', /mandatory/)
      await refused(call('GetNothing', {}), 'InvalidAction.NotFound', /not found/)
      await refused(connect(address, { ...KEY, secret: 'wrong' })('GetCompliancePackReport', { CompliancePackId: 'pack-1' }), 'SignatureDoesNotMatch', /not matched/)
      await refused(connect(address, { ...KEY, id: 'nobody' })('GetCompliancePackReport', { CompliancePackId: 'pack-1' }), 'InvalidAccessKeyId.NotFound', /not found/)
      await refused(withClock(-16, () => generate('pack-2')), 'InvalidTimeStamp.Expired', /more than 15 minutes from the server's/)
      await refused(withClock(16, () => generate('pack-2')), 'InvalidTimeStamp.Expired', /more than 15 minutes from the server's/)
      await world.redisServer.end('SIGKILL')
      await refused(generate('pack-2'), 'ServiceUnavailable', /temporary failure/)
    }))

    test('temporary keys, and keys that may not', inWorld(async world => {
      furnish(world, { packs: ['pack-1'] })
      const temporary = { SecurityToken: 'a token+/=~*', expires: '2100-01-01T00:00:00Z' }
      const keys = [{ id: 'STS.good', ...temporary }, { id: 'STS.old', ...temporary, expires: '2020-01-01T00:00:00Z' },
        { id: 'inactive', status: 'Inactive' }, { id: 'nothing', UserName: 'user', policies: [] }, { id: 'nowhere', account: '7' }]
      const address = await addressOf(await world.startDaemon(signedDoor(world, keys)))
      const get = (id, token) => connect(address, { ...KEY, id, token })('GetCompliancePackReport', { CompliancePackId: 'pack-1' })
      assert.equal((await get('STS.good', temporary.SecurityToken)).CompliancePackReport.ReportStatus, 'NONE')
      await refused(get('STS.good', 'another'), 'InvalidSecurityToken.Malformed', /malformed/)
      await refused(get('STS.good'), 'MissingSecurityToken', /mandatory/)
      await refused(get('STS.old', temporary.SecurityToken), 'InvalidSecurityToken.Expired', /expired/)
      await refused(get('inactive'), 'InvalidAccessKeyId.Inactive', /disabled/)
      await refused(get('nowhere'), 'AccountNotExisted', /does not exist/)
      await refused(get('nothing'), 'NoPermission', /not authorized/, error => {
        const detail = error.accessDeniedDetail ?? error.data.AccessDeniedDetail
        assert.deepEqual({ ...detail }, { AuthAction: 'config:GetCompliancePackReport', AuthPrincipalType: 'SubUser', AuthPrincipalOwnerId: ACCOUNT,
          AuthPrincipalDisplayName: 'user', NoPermissionType: 'ImplicitDeny', PolicyType: 'AccountLevelIdentityBasedPolicy' })
      })
    }))
  })
}
