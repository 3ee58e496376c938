// SPDX-License-Identifier: MIT
//
// Rules in Huawei Config's language beside condition rules, seen from outside: outcomes, evidence, and a broken one that
// leaves the others alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, Process, World } from './lib/harness.mjs'
import { itemId, pack } from './lib/fixtures.mjs'

const leaf = (value, comparator, pattern) => ({ value, comparator, pattern })

const ENCRYPTED = {
  allOf: [
    leaf('${resource().provider}', 'equals', 'evs'),
    leaf('${resource().type}', 'equals', 'volumes'),
    leaf('${resource().properties.status}', 'equals', 'in-use'),
    {
      anyOf: [
        leaf('${resource().properties.metadata}', 'notContainsKey', 'systemEncrypted'),
        leaf('${resource().properties.metadata.systemEncrypted}', 'equals', '0'),
      ],
    },
  ],
}
const TAGGED = {
  anyOf: [
    leaf("${contains(resource().tags, parameters('key'))}", 'equals', false),
    leaf("${getValue(resource().tags, parameters('key'))}", 'notIn', "${parameters('values')}"),
  ],
}
const rule = (n, members) => ({ id: `rule-${n}`, checkItems: [{ uuid: itemId(n) }], resourceTypes: ['evs.volumes'], ...members })
const disk = (id, configuration, tags) => ({ resourceType: 'evs.volumes', resourceId: id, tags, configuration })

async function evaluate(world, rules, inventory) {
  world.write('pack.json', pack('pack-1', rules.length))
  world.write('rules.json', rules)
  world.write('inventory.ndjson', inventory.map(record => JSON.stringify(record) + '\n').join(''))
  const run = new Process(path.join(BUILD, 'packreport'), ['evaluate', '--pack', world.path('pack.json'), '--rules', world.path('rules.json'),
    '--inventory', world.path('inventory.ndjson'), '--out', world.path('out'), '--as-of', '2026-11-21'])
  const ended = await run.ended
  const lines = fs.readFileSync(world.path('out/findings.ndjson'), 'utf8').trim().split('\n')
  return { ...ended, stderr: run.stderr.text, findings: lines.map(line => JSON.parse(line)) }
}

test('policy rules judge resources', async () => {
  const world = new World()
  try {
    const rules = [
      rule(1, { policy_rule: ENCRYPTED }),
      rule(2, {
        policy_rule: TAGGED,
        parameters: { key: { type: 'String' }, values: { type: 'Array', default_value: ['prod', 'stage'] } },
        parameterValues: { key: { value: 'env' } },
      }),
      rule(3, { condition: { featureSource: 'CONFIGURATION', featurePath: '$.status', operator: 'StringEquals', desired: 'in-use' } }),
    ]
    const { code, stderr, findings } = await evaluate(world, rules, [
      disk('open', { status: 'in-use', metadata: { systemEncrypted: '0' } }, { env: 'prod' }),
      disk('closed', { status: 'in-use', metadata: { systemEncrypted: '1' } }, { env: 'test' }),
      disk('unknown', { status: 'in-use' }),
    ])
    assert.equal(code, 0, stderr)
    assert.deepEqual(findings.map(f => [f.resourceId, f.ruleId, f.outcome, f.annotation?.property]), [
      ['open', 'rule-1', 'NON_COMPLIANT', "$['configuration']['metadata']['systemEncrypted']"],
      ['open', 'rule-2', 'COMPLIANT', undefined],
      ['open', 'rule-3', 'COMPLIANT', undefined],
      ['closed', 'rule-1', 'COMPLIANT', undefined],
      ['closed', 'rule-2', 'NON_COMPLIANT', "${getValue(resource().tags, parameters('key'))}"],
      ['closed', 'rule-3', 'COMPLIANT', undefined],
      ['unknown', 'rule-1', 'INSUFFICIENT_DATA', "$['configuration']['metadata']"],
      ['unknown', 'rule-2', 'NON_COMPLIANT', "${contains(resource().tags, parameters('key'))}"],
      ['unknown', 'rule-3', 'COMPLIANT', undefined],
    ])
  } finally {
    await world.end()
  }
})

test('a template with a mistake breaks its own rule only', async () => {
  const world = new World()
  try {
    const { code, stderr, findings } = await evaluate(world,
      [rule(1, { policy_rule: leaf('${resorce().id}', 'equals', 'x') }), rule(2, { policy_rule: leaf('${resource().id}', 'equals', 'x') })],
      [disk('x', {})])
    assert.equal(code, 3, stderr)
    assert.match(stderr, /unknown function "resorce" at byte 3; did you mean "resource"\? \(at \/0\/policy_rule\/value\)/)
    assert.deepEqual(findings.map(f => [f.ruleId, f.outcome]), [['rule-2', 'NON_COMPLIANT']])
  } finally {
    await world.end()
  }
})
