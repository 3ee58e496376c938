// SPDX-License-Identifier: MIT
//
// `packreport rules check`: faults in rules, as text, JSON and SARIF.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, ROOT, SHARE, worldOfFile } from './lib/harness.mjs'
import { pack } from './lib/fixtures.mjs'
import { assertSarif } from './lib/sarif.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, NO: 1, BROKEN: 3, USAGE: 64, DATA: 65, NOINPUT: 66 }

const own = worldOfFile()
const run = (args, status, options) => own.run(PACKREPORT, ['rules', 'check', ...args], { status, ...options })
const clause = (featurePath, operator, desired) => ({ featureSource: 'CONFIGURATION', featurePath, operator, desired })
const rule = (id, condition, more) => ({ id, checkItems: [{ uuid: 'item-1' }], resourceTypes: ['t'], condition, ...more })
const record = (configuration, resourceType = 't') => JSON.stringify({ resourceType, resourceId: 'i', configuration }) + '\n'

const GOOD = rule('good', clause('$.v', 'StringEquals', 'x'))
const NEVER = rule('never', { operator: 'and', children: [clause('$.v', 'StringEquals', 'x'), clause('$.v', 'StringEquals', 'y')] })
const NOTED = rule('noted', clause('$.w', 'StringEquals', 'x'), { scope: { regionIds: [] } })
const BROKEN = rule('broken', clause('$.v', 'StringEqual', 'x'))

let folders = 0
function folder(files) {
  const name = `f${++folders}`
  for (const [file, content] of Object.entries(files)) {
    own.write(`${name}/${file}`, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  return own.path(name)
}

describe('packreport rules check', { concurrency: 2 }, () => {
  test('nothing to say: 0', async () => {
    const { stdout, stderr } = await run([folder({ 'a.json': GOOD })], EX.OK)
    assert.equal(stdout, '1 rule in 1 file: 0 errors, 0 warnings, 0 notes\n')
    assert.equal(stderr, '')
  })

  test('file, line, column, severity, rule, message, code', async () => {
    const where = folder({ 'a.json': [NEVER, NOTED], 'b.json': BROKEN })
    const { stdout } = await run([where], EX.BROKEN)
    assert.deepEqual(stdout.split('\n'), [
      `${where}/a.json:12:5: warning: never: no resource can pass this rule: $.v StringEquals "x" and $.v StringEquals "y" are never both true (lines 15 and 21) [lint.never.passes]`,
      `${where}/a.json:47:7: note: noted: this has no effect: an empty list does not restrict the scope [lint.member.useless]`,
      `${where}/b.json:14:17: error: broken: unknown operator "StringEqual"; did you mean "StringEquals"? [rule.operator.unknown]`,
      '3 rules in 2 files: 1 error, 1 warning, 1 note', ''])
  })

  test('the status is 1 for what --fail-on names, 3 for errors', async () => {
    const never = folder({ 'a.json': NEVER })
    const noted = folder({ 'a.json': NOTED })
    await run([never], EX.OK)
    await run(['--fail-on', 'warning', never], EX.NO)
    await run(['--fail-on', 'note', never], EX.NO)
    await run(['--fail-on', 'warning', noted], EX.OK)
    await run(['--fail-on', 'note', noted], EX.NO)
    await run(['--fail-on', 'note', folder({ 'a.json': [NOTED, BROKEN] })], EX.BROKEN)
  })

  test('a file that is no JSON: its place, and the others go on', async () => {
    const where = folder({ 'a.json': '{\n  "id": "x",\n  "y": 5,,\n}', 'b.json': NEVER, 'c.json': '', 'd.json': '[]' })
    const { stdout } = await run([where], EX.BROKEN)
    assert.match(stdout, /a\.json:3:10: error: the JSON is wrong: string or '}' expected near ',' \[rule\.json\]\n/)
    assert.match(stdout, /b\.json:\d+:\d+: warning: never: /)
    assert.match(stdout, /c\.json:1:1: error: this is empty/)
    assert.match(stdout, /d\.json:1:1: error: this file holds no rules \[lint\.file\.empty\]/)
  })

  test('faults inside of the vendor\'s JSON in a text stand at their place in the file', async () => {
    const inner = JSON.stringify({ operator: 'and', children: [clause('$.é', 'IsEmpty'), clause('$.v', 'IsEmty')] })
    const text = JSON.stringify({ ...GOOD, condition: undefined, ComplianceConditions: inner })
    const { stdout } = await run([folder({ 'a.json': text })], EX.BROKEN)
    assert.match(stdout, new RegExp(`a\\.json:1:${[...text.slice(0, text.indexOf('\\"IsEmty'))].length + 1}: error: good: unknown operator`))
  })

  test('rules of several paths are one set', async () => {
    const one = folder({ 'a.json': GOOD })
    const { stdout } = await run([one, folder({ 'a.json': { ...GOOD, id: 'other' } }), folder({ 'a.json': GOOD })], EX.BROKEN)
    assert.match(stdout, new RegExp(`warning: other: this rule judges as rule good does \\(${one}/a\\.json:1\\)`))
    assert.match(stdout, /error: [^:]*#1: the id "good" is that of the rule at .* already.*\[rule\.id\.taken\]/)
    assert.match(stdout, /^3 rules in 3 files/m)
  })

  test('--inventory: types, paths and operators', async () => {
    const inventory = own.write('inventory.ndjson', record({ value: 'x', size: 'big' }) + record({ size: 'small' }) + 'no record\n')
    const rules = folder({ 'a.json': [rule('good', clause('$.valeu', 'StringEquals', 'x')), rule('order', clause('$.size', 'Greater', 5)), rule('other', clause('$.v', 'IsEmpty'), { resourceTypes: ['s'] })] })
    const { stdout, stderr } = await run([rules, '--inventory', inventory], EX.OK)
    assert.match(stdout, /warning: good: \$\.valeu finds nothing in any of the 2 records of type t; did you mean "value"\? \[lint\.path\.unseen\]/)
    assert.match(stdout, /warning: order: Greater gives no verdict on any of the 2 records in which \$\.size finds something: the value found is no number, such as "big" in line 1 of the inventory/)
    assert.match(stdout, /note: other: none of the 2 records of the inventory is of this type \[lint\.type\.unseen\]/)
    assert.match(stdout, /^3 rules in 1 file, 2 records: /m)
    assert.match(stderr, /inventory\.ndjson:3: error: no valid JSON/)
    const piped = await run([rules, '--inventory', '-'], EX.OK, { input: record({ valeu: 'x', size: 1 }) })
    assert.match(piped.stdout, /^3 rules in 1 file, 1 record: 0 errors, 0 warnings, 1 note$/m)
  })

  test('--pack: rules that are bound to nothing, check items without a rule', async () => {
    const file = own.write('pack.json', JSON.stringify(pack('pack-1', 2), null, 2))
    const rules = folder({ 'a.json': [GOOD, rule('unbound', clause('$.w', 'IsEmpty'), { checkItems: [{ name: 'nothing' }] })] })
    const { stdout } = await run([rules, '--pack', file], EX.OK)
    assert.match(stdout, /warning: unbound: rule unbound: none of its check items is in pack pack-1; it does not run \[rule\.unbound\]/)
    const line = fs.readFileSync(file, 'utf8').split('\n').findIndex(text => text.includes('item-2'))
    assert.ok(stdout.includes(`${file}:${line}:9: note: no rule is bound to check item "Item 2"; without an attestation it stays MANUAL [lint.item.unchecked]\n`), stdout)
  })

  test('--strict-vendor', async () => {
    const rules = folder({ 'a.json': rule('own', clause('$.v', 'StringMatches', 'x')) })
    await run([rules], EX.OK)
    assert.match((await run(['--strict-vendor', rules], EX.BROKEN)).stdout, /StringMatches is packreport's own.*\[rule\.condition\.own\]/)
  })

  test('the seal of a folder, and the cases beside rules', async () => {
    const where = folder({ 'a.json': GOOD, 'a.test.json': '{"cases": [\n{"name": "x"}]}' })
    await own.run(PACKREPORT, ['rules', 'seal', where])
    fs.appendFileSync(path.join(where, 'a.json'), '\n')
    const { stdout } = await run([where], EX.BROKEN)
    assert.match(stdout, /a\.json:1:1: error: the file has changed since it was sealed.* \[rules\.seal\.changed\]/)
    assert.match(stdout, /a\.test\.json:2:1: error: "expect" is missing; it is required \[case\.missing\]/)
  })

  test('--format json', async () => {
    const where = folder({ 'a.json': [NEVER, BROKEN] })
    for (const option of [['--format', 'json'], ['--json']]) {
      const { findings, ...sums } = JSON.parse((await run([where, ...option], EX.BROKEN)).stdout)
      assert.deepEqual(sums, { errors: 1, warnings: 1, notes: 0, files: 1, rules: 2 })
      assert.deepEqual(findings[1], {
        severity: 'error', code: 'rule.operator.unknown', file: `${where}/a.json`, line: 43, column: 19, endLine: 43, endColumn: 32,
        pointer: '/1/condition/operator', rule: 'broken', message: 'unknown operator "StringEqual"; did you mean "StringEquals"?',
        right: 'Use an operator that there is.',
      })
    }
  })

  test('--format sarif is SARIF 2.1.0', async () => {
    const where = folder({ 'a b.json': [NEVER, NOTED, BROKEN], 'c.json': '{', 'ü.json': { ...NEVER, id: 'twin' } })
    const file = own.write('sarif-pack.json', pack('pack-1', 2))
    const log = JSON.parse((await run([where, '--format', 'sarif', '--pack', file], EX.BROKEN)).stdout)
    assertSarif(log)
    const [{ tool, results }] = log.runs
    assert.equal(tool.driver.name, 'packreport rules check')
    assert.ok(results.length >= 7)
    const broken = results.find(({ ruleId }) => ruleId === 'rule.operator.unknown')
    assert.equal(broken.level, 'error')
    const [{ physicalLocation, logicalLocations }] = broken.locations
    assert.equal(physicalLocation.artifactLocation.uri, `file://${where}/a%20b.json`)
    const { startLine, startColumn, endColumn } = physicalLocation.region
    const line = fs.readFileSync(path.join(where, 'a b.json'), 'utf8').split('\n')[startLine - 1]
    assert.equal(line.slice(startColumn - 1, endColumn - 1), '"StringEqual"')
    assert.equal(logicalLocations[0].fullyQualifiedName, '/2/condition/operator')
    assert.ok(results.some(({ locations }) => locations[0].physicalLocation.artifactLocation.uri.endsWith('/%C3%BC.json')))
    assertSarif(JSON.parse((await run([folder({ 'a.json': GOOD }), '--format', 'sarif'], EX.OK)).stdout))
  })

  test('the validator sees what is wrong', async () => {
    const { stdout } = await run([folder({ 'a.json': BROKEN }), '--format', 'sarif'], EX.BROKEN)
    const wrong = [
      log => { log.version = '2.0.0' }, log => { delete log.runs[0].tool }, log => { log.runs[0].results[0].level = 'fatal' },
      log => { log.runs[0].results[0].ruleIndex = 1 }, log => { log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0 },
      log => { log.runs[0].results[0].locations[0].physicalLocation.region.endLine = 1 }, log => { log.runs[0].results[0].more = 1 },
      log => { log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = 'a b' },
    ]
    for (const spoil of wrong) {
      const log = JSON.parse(stdout)
      spoil(log)
      assert.throws(() => assertSarif(log), String(spoil))
    }
  })

  test('fingerprints stay when rules and lines move', async () => {
    const fingerprints = async content => JSON.parse((await run([folder({ 'a.json': content }), '--format', 'sarif'], EX.BROKEN)).stdout)
      .runs[0].results.map(({ ruleId, partialFingerprints }) => `${ruleId} ${Object.values(partialFingerprints)}`).sort()
    const before = await fingerprints([NEVER, BROKEN])
    assert.deepEqual(await fingerprints([GOOD, BROKEN, NEVER]), before)
    assert.deepEqual(await fingerprints(JSON.stringify({ rules: [BROKEN, NEVER] })), before)
    assert.notDeepEqual(await fingerprints([NEVER, { ...BROKEN, id: 'other' }]), before)
    assert.equal(new Set(before).size, before.length)
  })

  test('the sample rules: no errors, and no warning but of a tag that the sample inventory has not', async () => {
    const { stdout } = await run([path.join(SHARE, 'rules'), '--pack', path.join(SHARE, 'packs', fs.readdirSync(path.join(SHARE, 'packs'))[0]),
      '--inventory', path.join(SHARE, 'inventory', fs.readdirSync(path.join(SHARE, 'inventory'))[0])], EX.OK)
    const warnings = stdout.split('\n').filter(line => /: warning: /.test(line))
    assert.equal(warnings.length, 1, stdout)
    assert.match(warnings[0], /evs-attached: \$\.tags\['keep-until'\] finds nothing/)
  })

  test('every finding is in docs/writing-rules.md, and no other', () => {
    const source = fs.readFileSync(path.join(ROOT, 'src/eval/lint_codes.c'), 'utf8')
    const codes = [...source.matchAll(/^ {4}\{"([a-z.]+)", LINT_(NOTE|WARNING|ERROR)/gm)].map(([, code, severity]) => `${code} ${severity.toLowerCase()}`)
    const page = fs.readFileSync(path.join(ROOT, 'docs/writing-rules.md'), 'utf8')
    const documented = [...page.matchAll(/^\| `([a-z.]+)` \| (note|warning|error) \|/gm)].map(([, code, severity]) => `${code} ${severity}`)
    assert.ok(codes.length > 50)
    assert.deepEqual(documented.sort(), codes.sort())
    // What others complain about in rules is listed, too.
    const sources = ['domain', 'eval', 'source'].flatMap(room => fs.readdirSync(path.join(ROOT, 'src', room)).filter(name => name.endsWith('.c'))
      .map(name => fs.readFileSync(path.join(ROOT, 'src', room, name), 'utf8'))).join('\n')
    for (const [, code] of sources.matchAll(/"((?:rule|rules|lint)\.[a-z.]+[a-z])"/g)) assert.ok(codes.some(line => line.startsWith(`${code} `)), code)
  })

  const wrong = [
    [[], EX.USAGE, /PATH is missing/],
    [['a', '--format', 'xml'], EX.USAGE, /--format takes text, json or sarif, not "xml"/],
    [['a', '--fail-on', 'error'], EX.USAGE, /--fail-on takes warning or note, not "error"/],
    [[own.path('nowhere')], EX.NOINPUT, /nowhere: No such file/],
    [[own.write('empty/notes.txt', 'x').replace('/notes.txt', '')], EX.DATA, /empty: holds no \*\.json files/],
    [[own.write('good.json', GOOD), '--pack', own.path('nowhere')], EX.NOINPUT, /pack: .*nowhere: No such file/],
    [[own.path('good.json'), '--pack', own.path('good.json')], EX.DATA, /pack: /],
    [[own.path('good.json'), '--inventory', own.path('nowhere')], EX.NOINPUT, /inventory: .*nowhere: No such file/],
  ]
  for (const [args, status, says] of wrong) {
    test(`${args.map(arg => path.basename(arg)).join(' ')}: ${status}`, async () => {
      const { stdout, stderr } = await run(args, status)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    })
  }
})
