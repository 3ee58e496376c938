// SPDX-License-Identifier: MIT
//
// `packreport explain`: how a rule comes to its verdict on one resource.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { BUILD, SHARE, worldOfFile } from './lib/harness.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, NO: 1, BROKEN: 3, USAGE: 64, DATA: 65, NOINPUT: 66 }

const own = worldOfFile()
const explain = (args, status, options) => own.run(PACKREPORT, ['explain', ...args], { status, ...options })
const clause = (featurePath, operator, desired) => ({ featureSource: 'CONFIGURATION', featurePath, operator, desired })
const rule = (id, more) => ({ id, checkItems: [{ uuid: 'u' }], resourceTypes: ['iam.users'], ...more })

const KEYS = rule('young-keys', {
  name: 'Key older than 90 days',
  scope: { regionIds: ['north'] },
  condition: { operator: 'or', children: [clause('$.keys[*].age', 'LessOrEquals', '90'), clause('$.keys', 'IsEmpty')] },
})
const POLICY = rule('policy', {
  policy_rule: { anyOf: [{ value: '${resource().properties.size}', comparator: 'greater', pattern: '${parameters(\'most\')}' }] },
  parameters: { most: { type: 'Integer' } }, parameterValues: { most: 4 },
})
const FILE = own.write('rules/rules.json', [KEYS, POLICY, rule('broken', { condition: clause('$.a', 'StringEqual', 'x') })])
const ONE = own.write('one.json', KEYS)

const user = (id, configuration, more = {}) => ({ resourceType: 'iam.users', resourceId: id, regionId: 'north', configuration, ...more })
const OLD = own.write('old.json', JSON.stringify(user('u-1', { keys: [{ age: 12 }, { age: 374 }] }, { resourceName: 'Åse' }), null, 2))
const of = (id, resource, ...more) => ['--rules', FILE, '--rule', id, '--resource', resource, ...more]
const context = ({ stdout }) => JSON.parse(JSON.parse(stdout).RuleConditionContext)

describe('packreport explain', { concurrency: 2 }, () => {
  test('a tree of what every clause wanted and found', async () => {
    const { stdout, stderr } = await explain(of('young-keys', OLD), EX.NO)
    assert.equal(stderr, '')
    assert.equal(stdout, `young-keys  Key older than 90 days
iam.users u-1  Åse

NON_COMPLIANT
✗ or
  ✗ $.keys[*].age LessOrEquals 90  ◀ decides
      found 374 at $['keys'][1]['age'] of [12,374]: the value found does not pass the operator
  ✗ $.keys IsEmpty
      found [{"age":12},{"age":374}]: the value found does not pass the operator
`)
  })

  test('compliant: 0; from a file with one rule, and standard input', async () => {
    const { stdout } = await explain(['--rule', ONE, '--resource', '-'], EX.OK, { input: JSON.stringify(user('u-2', { keys: [] })) })
    assert.match(stdout, /^COMPLIANT\n✓ or\n {2}✗ .*\n.*\n {2}✓ \$\.keys IsEmpty {2}◀ decides\n {6}found \[\]\n$/m)
  })

  test('the vendor\'s members of DryRunConfigRule, and ours', async () => {
    const result = await explain(of('young-keys', OLD, '--json', '--as-of', '2026-11-21'), EX.NO)
    const { RuleConditionContext, ...rest } = JSON.parse(result.stdout)
    assert.deepEqual(rest, {
      ComplianceType: 'NON_COMPLIANT', ruleId: 'young-keys', ruleName: 'Key older than 90 days', resourceId: 'u-1',
      resourceType: 'iam.users', asOf: '2026-11-21T00:00:00.000Z',
      evidence: { configuration: '374', desiredValue: '90', operator: 'LessOrEquals', property: "$['keys'][1]['age']",
        reason: 'the value found does not pass the operator' },
    })
    assert.equal(typeof RuleConditionContext, 'string')
    const tree = context(result)
    assert.deepEqual(Object.keys(tree), ['operator', 'result', 'deciding', 'pointer', 'children'])
    assert.deepEqual([tree.operator, tree.result, tree.children.length], ['or', 'NON_COMPLIANT', 2])
    const [first, second] = tree.children
    assert.deepEqual(first, {
      operator: 'LessOrEquals', result: 'NON_COMPLIANT', featurePath: '$.keys[*].age', featureSource: 'CONFIGURATION', desired: '90',
      featureValue: '[12,374]', found: '374', property: "$['keys'][1]['age']", reason: 'the value found does not pass the operator',
      deciding: true, pointer: '/0/condition/children/0', children: [],
    })
    for (const member of ['operator', 'result', 'featurePath', 'featureSource', 'desired', 'featureValue']) {
      assert.equal(typeof second[member], 'string', member)
    }
    assert.equal(second.deciding, false)
  })

  test('unknown is INSUFFICIENT_DATA: 1', async () => {
    const result = await explain(of('young-keys', '-', '--json'), EX.NO, { input: JSON.stringify(user('u', { keys: [{ age: 'young' }] })) })
    assert.equal(JSON.parse(result.stdout).ComplianceType, 'INSUFFICIENT_DATA')
    assert.equal(context(result).children[0].result, 'INSUFFICIENT_DATA')
  })

  test('a rule that does not apply says which list: 1', async () => {
    const resource = own.write('south.json', { ...user('u', {}), regionId: 'south', resourceType: 'iam.groups' })
    const { stdout } = await explain(of('young-keys', resource), EX.NO)
    assert.match(stdout, /NOT_APPLICABLE\n {2}resourceTypes: its type "iam\.groups" is not in the list: "iam\.users"\n/)
    assert.match(stdout, /\n {2}scope\.regionIds: its region "south" is not in the list: "north"\n$/)
    const json = JSON.parse((await explain(of('young-keys', resource, '--json'), EX.NO)).stdout)
    assert.equal(json.ComplianceType, 'NOT_APPLICABLE')
    assert.deepEqual(json.notApplicable.map(one => one.member), ['resourceTypes', 'scope.regionIds'])
    assert.ok(!('RuleConditionContext' in json))
  })

  test('a policy_rule, whose templates are resolved', async () => {
    const resource = own.write('big.json', user('u', { size: '5' }))
    const { stdout } = await explain(of('policy', resource), EX.NO)
    assert.match(stdout, /describes a violation/)
    assert.match(stdout, /✗ anyOf {2}holds\n {2}✗ \$\{resource\(\)\.properties\.size\} greater \$\{parameters\('most'\)\} {2}holds {2}◀ decides\n {6}found 5; the pattern is 4\n/)
    const [condition] = context(await explain(of('policy', resource, '--json'), EX.NO)).children
    assert.deepEqual([condition.result, condition.holds, condition.valueFound, condition.patternFound], ['NON_COMPLIANT', true, '5', '4'])
  })

  test('a resource out of an inventory; of two of one id the one that the rule is for', async () => {
    const inventory = own.write('inventory.ndjson', [user('other', {}), { ...user('u-3', {}), resourceType: 'x' },
      user('u-3', { keys: [] })].map(one => JSON.stringify(one)).join('\n'))
    const { stdout } = await explain(['--rules', own.path('rules'), '--rule', 'young-keys', '--inventory', inventory, '--id', 'u-3'], EX.OK)
    assert.match(stdout, /^iam\.users u-3$/m)
    const none = await explain(['--rules', FILE, '--rule', 'policy', '--inventory', inventory, '--id', 'u'], EX.NOINPUT)
    assert.match(none.stderr, /no record of .*inventory\.ndjson has the resourceId "u"/)
  })

  test('in colour on a terminal only', async () => {
    const command = [PACKREPORT, 'explain', ...of('young-keys', OLD)].join(' ')
    const terminal = await own.run('script', ['-qec', command, '/dev/null'], { status: EX.NO, env: { TERM: 'xterm' } })
    assert.match(terminal.stdout, /\x1b\[31m✗\x1b\[0m/)
    const plain = await own.run('script', ['-qec', command, '/dev/null'], { status: EX.NO, env: { TERM: 'xterm', NO_COLOR: '1' } })
    assert.doesNotMatch(plain.stdout, /\x1b/)
  })

  test('what a resource holds does not steer the terminal', async () => {
    const resource = JSON.stringify(user('u\u001b[2J', { keys: '\u001b]0;x\u0007\n\u202e' }))
    const { stdout } = await explain(of('young-keys', '-'), EX.NO, { input: resource })
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\u202e]/)
    assert.equal(stdout.split('\n').length, 10)
  })

  const FOLDER = own.path('all')
  own.write('all/keys.json', [KEYS, { ...KEYS, id: 'old-keys', condition: clause('$.keys', 'IsNotStringEmpty') }])
  own.write('all/more.json', [POLICY, { ...KEYS, id: 'south', scope: { regionIds: ['south'] } }, { ...KEYS, id: 'other', resourceTypes: ['ecs.servers'] }])
  const fine = JSON.stringify(user('u-3', { keys: [], size: 1 }))
  const inventory = own.write('all.ndjson', `${JSON.stringify(user('u-2', {}))}\n${fine}\n`)

  test('without --rule: by all rules for its type; compliant in one line', async () => {
    const { stdout, stderr } = await explain(['--rules', FOLDER, '--inventory', inventory, '--id', 'u-3'], EX.NO)
    assert.equal(stderr, '')
    assert.match(stdout, /^COMPLIANT {2}young-keys\nold-keys {2}Key older than 90 days\niam\.users u-3\n\n[A-Z_]+\n.*\n.*\n\nCOMPLIANT {2}policy\n/)
    assert.match(stdout, /^south {2}.*\n.*\n\nNOT_APPLICABLE\n {2}scope\.regionIds: .*$/m)
    assert.match(stdout, /\n\n4 rules are for iam\.users: 1 NOT_APPLICABLE, 2 COMPLIANT, 1 [A-Z_]+\n$/)
    assert.ok(!stdout.includes('other'), 'a rule for another type')

    const json = JSON.parse((await explain(['--rules', FOLDER, '--resource', '-', '--json'], EX.NO, { input: fine })).stdout)
    assert.deepEqual(json.map(one => one.ruleId), ['young-keys', 'old-keys', 'policy', 'south'])
    assert.deepEqual(json.map(one => one.ComplianceType === 'COMPLIANT'), [true, false, true, false])
  })

  test('without --rule: 0 when no rule has anything against it, 1 when none is for its type, 3 when one is broken', async () => {
    own.write('fine.json', [KEYS, { ...KEYS, id: 'south', scope: { regionIds: ['south'] } }])
    await explain(['--rules', own.path('fine.json'), '--resource', '-'], EX.OK, { input: fine })
    const other = await explain(['--rules', FOLDER, '--resource', '-'], EX.NO, { input: JSON.stringify({ resourceType: 'x.y', resourceId: 'z', configuration: {} }) })
    assert.equal(other.stdout, '0 rules are for x.y\n')
    const evil = await explain(['--rules', FOLDER, '--resource', '-'], EX.NO, { input: JSON.stringify({ ...user('z', {}), resourceType: 'x\u001b[2J' }) })
    assert.match(evil.stdout, /^0 rules are for x[^\x00-\x1f]+\n$/)
    const broken = await explain(['--rules', FILE, '--resource', '-'], EX.BROKEN, { input: fine })
    assert.match(broken.stderr, /unknown operator "StringEqual"/)
    assert.match(broken.stdout, /^2 rules are for iam\.users: 2 COMPLIANT$/m)
    assert.match((await explain(['--rules', FOLDER, '--resource', '-'], EX.DATA, { input: '[]' })).stderr, /the resource: the line is an array/)
  })

  test('a broken rule: what is wrong with it, 3', async () => {
    const { stdout, stderr } = await explain(of('broken', OLD), EX.BROKEN)
    assert.equal(stdout, '')
    assert.match(stderr, /^[^\n]*rules\.json: error: unknown operator "StringEqual"; did you mean "StringEquals"\? \(at \/2\/condition\/operator\) \[rule\.operator\.unknown\]\n$/)
  })

  const wrong = [
    [['--rule', 'x', '--resource', OLD], EX.NOINPUT, /--rule x: there is no such file; with --rules PATH it may be the id/],
    [['--rule', FILE, '--resource', OLD], EX.DATA, /rules\.json holds 3 rules; choose one: --rules .*rules\.json --rule ID/],
    [of('young-key', OLD), EX.NOINPUT, /no rule has the id "young-key"; did you mean "young-keys"\?/],
    [of('xyz', OLD), EX.NOINPUT, /none of the 3 rules has the id "xyz"/],
    [of('policy', own.path('nowhere')), EX.NOINPUT, /nowhere: No such file/],
    [of('policy', FILE), EX.DATA, /the resource: the line is an array; a record is an object/],
    [['--resource', OLD], EX.USAGE, /--rule, --rules, or both are required/],
    [['--rule', ONE], EX.USAGE, /one of --resource FILE, and --inventory FILE with --id ID, is required/],
    [['--rule', ONE, '--resource', OLD, '--inventory', 'i', '--id', 'x'], EX.USAGE, /one of --resource FILE/],
    [['--rule', ONE, '--inventory', 'i'], EX.USAGE, /--inventory and --id go together/],
    [['--rule', ONE, '--resource', OLD, '--as-of', 'now'], EX.USAGE, /--as-of takes 2026-11-21/],
  ]
  for (const [args, status, says] of wrong) {
    test(`${args.map(arg => path.basename(arg)).join(' ')}: ${status}`, async () => {
      const { stdout, stderr } = await explain(args, status)
      assert.equal(stdout, '')
      assert.match(stderr, /^packreport explain: /)
      assert.match(stderr, says)
    })
  }

  // Every finding of the sample inventory that is one, explained: the same evidence.
  test('says what the finding says', async () => {
    const out = own.path('report')
    const inventory = path.join(SHARE, 'inventory', readdirSync(path.join(SHARE, 'inventory'))[0])
    const asOf = '2026-11-21'
    await own.run(PACKREPORT, ['evaluate', '--pack', path.join(SHARE, 'packs', readdirSync(path.join(SHARE, 'packs'))[0]),
      '--rules', path.join(SHARE, 'rules'), '--inventory', inventory, '--out', out, '--quiet', '--as-of', asOf])
    const findings = readFileSync(path.join(out, 'findings.ndjson'), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
    const first = new Map(findings.filter(one => one.outcome !== 'COMPLIANT').map(one => [one.ruleId, one]))
    assert.ok(first.size > 10)
    for (const [id, finding] of [...first].slice(0, 12)) {
      const { stdout } = await explain(['--rules', path.join(SHARE, 'rules'), '--rule', id, '--inventory', inventory,
        '--id', finding.resourceId, '--as-of', asOf, '--json'], EX.NO)
      const json = JSON.parse(stdout)
      assert.equal(json.ComplianceType, finding.outcome, id)
      assert.deepEqual(json.evidence, finding.annotation, id)
    }
  })
})
