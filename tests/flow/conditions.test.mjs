// SPDX-License-Identifier: MIT
//
// What conditions mean, seen from outside: the operators that the vendor lacks on a small inventory, numbers that keep their
// digits, and the refusal of all that is not the vendor's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, Process, World } from './lib/harness.mjs'
import { itemId, pack } from './lib/fixtures.mjs'

const AS_OF = '2026-11-21T00:00:00Z'

// Each row is a rule of its own: clause, value of $.v, and what has to be found.
const ROWS = [
  [{ operator: 'StringMatches', desired: '^db-[0-9]+$' }, 'db-0017', 'COMPLIANT'],
  [{ operator: 'StringMatches', desired: '^db-[0-9]+$' }, ['db-1', 'DB-2'], 'NON_COMPLIANT', 'DB-2'],
  [{ operator: 'NotStringMatches', desired: '\\p{Lu}' }, 'Änderung', 'NON_COMPLIANT', 'Änderung'],
  [{ operator: 'StringMatches', desired: '(a?){200}b' }, 'a'.repeat(200_000), 'INSUFFICIENT_DATA'],
  [{ operator: 'NotCidrContains', desired: '0.0.0.0/0, ::/0' }, ['10.0.0.0/8', '::/0'], 'NON_COMPLIANT', '::/0'],
  [{ operator: 'CidrIn', desired: '10.0.0.0/8' }, '10.1.2.3', 'COMPLIANT'],
  [{ operator: 'CidrOverlaps', desired: '10.0.0.0/8' }, 'intranet', 'INSUFFICIENT_DATA', 'intranet'],
  [{ operator: 'DateAfter', desired: '2026-01-01' }, '2026-06-30T10:00:00Z', 'COMPLIANT'],
  [{ operator: 'AgeLessOrEquals', desired: 20 }, '2026-11-01', 'COMPLIANT'],
  [{ operator: 'AgeLess', desired: '20' }, '2026-11-01', 'NON_COMPLIANT', '2026-11-01'],
  [{ operator: 'VersionGreaterOrEquals', desired: '8.0.28' }, '8.0.4', 'NON_COMPLIANT', '8.0.4'],
  [{ operator: 'CountGreaterOrEquals', desired: 2 }, ['zone-1'], 'NON_COMPLIANT', '1'],
  [{ operator: 'Less', desired: 5, quantifier: 'any' }, [9, 1], 'COMPLIANT'],
  [{ operator: 'Less', desired: 5, quantifier: 'none' }, [9, 1], 'NON_COMPLIANT', '1'],
]
// The vendor's own, on numbers that 64 bits and doubles do not hold; the value is written as it stands.
const NUMBERS = [
  [{ operator: 'Equals', desired: '18446744073709551616' }, '18446744073709551617', 'NON_COMPLIANT', '18446744073709551617'],
  [{ operator: 'Greater', desired: '0.1' }, '0.1000000000000000000001', 'COMPLIANT'],
]

const all = [...ROWS.map(([clause, value, ...rest]) => [clause, JSON.stringify(value), ...rest]), ...NUMBERS]

async function evaluate(world, ...options) {
  world.write('pack.json', pack('pack-1', all.length))
  world.write('rules.json', all.map(([clause], n) => ({
    id: `rule-${n + 1}`, checkItems: [{ uuid: itemId(n + 1) }], resourceTypes: [`type-${n + 1}`],
    condition: { featureSource: 'CONFIGURATION', featurePath: '$.v', ...clause },
  })))
  world.write('inventory.ndjson', all.map(([, value], n) =>
    `{"resourceType": "type-${n + 1}", "resourceId": "r-${n + 1}", "configuration": {"v": ${value}}}\n`).join(''))
  const run = new Process(path.join(BUILD, 'packreport'), ['evaluate', '--pack', world.path('pack.json'), '--rules', world.path('rules.json'),
    '--inventory', world.path('inventory.ndjson'), '--out', world.path('out'), '--as-of', AS_OF, ...options])
  return { ...await run.ended, stderr: run.stderr.text }
}

test("packreport's own operators and exact numbers", async () => {
  const world = new World()
  try {
    const { code, stderr } = await evaluate(world)
    assert.equal(code, 0, stderr)
    const findings = fs.readFileSync(world.path('out/findings.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line))
    assert.equal(findings.length, all.length)
    for (const [n, [clause, value, outcome, found]] of all.entries()) {
      const what = `${clause.operator} ${clause.desired} on ${value}`
      assert.equal(findings[n].outcome, outcome, what)
      if (found !== undefined) assert.equal(findings[n].annotation.configuration, found, what)
    }
  } finally {
    await world.end()
  }
})

// Rules written by hand, because JavaScript keeps no such numbers: desired, value of $.v, outcome, and what the finding wants.
const EXACT = [
  ['Equals', '18446744073709551617', '18446744073709551616', 'NON_COMPLIANT', '18446744073709551617'],
  ['Equals', '9007199254740993.0', '9007199254740993', 'COMPLIANT'],
  ['NotIn', '[12345678901234567.25,1e400]', '12345678901234567.25', 'NON_COMPLIANT', '[12345678901234567.25,1e400]'],
  ['StringEquals', '"1.10"', '1.10', 'COMPLIANT'],
  ['StringEquals', '"123456789012345678901.10"', '123456789012345678901.10', 'COMPLIANT'],
  ['Less', '1.10', '1.2', 'NON_COMPLIANT', '1.10'],
]
const EXCESSIVE = ['Less', '1e1000000000', '1', 'ERROR']
const exact = [...EXACT, EXCESSIVE]

function writeExact(world) {
  const rule = ([operator, desired], n) => `{"id": "rule-${n + 1}", "checkItems": [{"uuid": "${itemId(n + 1)}"}], "resourceTypes": ["type-${n + 1}"],
    "condition": {"featureSource": "CONFIGURATION", "featurePath": "$.v", "operator": "${operator}", "desired": ${desired}}}`
  world.write('rules/rules.json', `[${exact.map(rule).join(',\n')}]`)
  world.write('rules/rules.test.json', `{"cases": [${EXACT.map(([, , value, outcome], n) =>
    `{"name": "case", "rule": "rule-${n + 1}", "resource": {"configuration": {"v": ${value}}}, "expect": "${outcome}"}`).join(',\n')}]}`)
  world.write('pack.json', pack('pack-1', exact.length))
  world.write('inventory.ndjson', exact.map(([, , value], n) =>
    `{"resourceType": "type-${n + 1}", "resourceId": "r", "configuration": {"v": ${value}}}\n`).join(''))
}

test('numbers of rules and of their cases keep their digits, and one beyond all limits breaks its rule alone', async () => {
  const world = new World()
  const packreport = (args, status) => world.run(path.join(BUILD, 'packreport'), args, { status })
  try {
    writeExact(world)
    const { stderr } = await packreport(['evaluate', '--pack', world.path('pack.json'), '--rules', world.path('rules'),
      '--inventory', world.path('inventory.ndjson'), '--out', world.path('out'), '--as-of', AS_OF], 3)
    assert.match(stderr, /this number has an exponent of more than 9 digits; no more are right \(at \/6\/condition\/desired\) \[rule\.number\]/)
    const { checkItems } = JSON.parse(fs.readFileSync(world.path('out/report.json')))
    const findings = fs.readFileSync(world.path('out/findings.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line))
    for (const [n, [operator, desired, value, outcome, wanted]] of exact.entries()) {
      const found = findings.find(finding => finding.ruleId === `rule-${n + 1}`)
      assert.equal(checkItems.find(item => item.uuid === itemId(n + 1)).outcome, outcome, `${operator} ${desired} on ${value}`)
      assert.equal(found?.annotation?.desiredValue, wanted)
    }
    assert.match((await packreport(['rules', 'test', world.path('rules')], 3)).stdout, /^6 cases, 6 passed, 0 failed/m)
  } finally {
    await world.end()
  }
})

test('--strict-vendor breaks the rules that use them, and no others', async () => {
  const world = new World()
  try {
    const { code, stderr } = await evaluate(world, '--strict-vendor')
    assert.equal(code, 3, stderr)
    const errors = stderr.split('\n').filter(line => line.includes('[rule.condition.own]'))
    assert.equal(errors.length, ROWS.length, stderr)
    const report = JSON.parse(fs.readFileSync(world.path('out/report.json')))
    assert.equal(report.rules.filter(rule => rule.brokenReason).length, ROWS.length, JSON.stringify(report.rules[0]))
  } finally {
    await world.end()
  }
})
