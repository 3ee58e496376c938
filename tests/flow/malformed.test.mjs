// SPDX-License-Identifier: MIT
//
// Promise 9: input from outside gets a clear error. Each row is one mistake in a rule, pack, inventory line, waiver, attestation,
// account or setting; it gets one line with the file, the place in it, what is wrong and what would be right, and the exit status
// of docs/commands.md or docs/operations.md. What is not wrong goes on.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, eventually, inWorld, logLines, worldOfFile } from './lib/harness.mjs'
import { furnish, inventory, itemId, pack, rules } from './lib/fixtures.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const PACKREPORTD = path.join(BUILD, 'packreportd')
const EX_DATAERR = 65
const EX_CONFIG = 78
const BROKEN = 3
const AS_OF = '2026-11-21'

const world = worldOfFile()
let folders = 0

const copy = value => JSON.parse(JSON.stringify(value))
const lines = text => text.split('\n').filter(line => line !== '')

// A folder of its own with good inputs, but for those of `files`; runs `packreport evaluate` on it.
async function evaluate(files, extra = []) {
  const name = `e${++folders}`
  const inputs = { 'pack.json': pack('pack-1', 2), 'rules.json': rules(2), 'inventory.ndjson': inventory(6), ...files }
  for (const [file, content] of Object.entries(inputs)) world.write(`${name}/${file}`, content)
  const at = file => world.path(name, file)
  const optional = ['waivers', 'attestations'].filter(what => inputs[`${what}.json`] !== undefined)
    .flatMap(what => [`--${what}`, at(`${what}.json`)])
  const result = await world.run(PACKREPORT, ['evaluate', '--pack', at('pack.json'), '--rules', at('rules.json'),
    '--inventory', at('inventory.ndjson'), '--out', at('out'), '--as-of', AS_OF, '--json', ...optional, ...extra], { status: null })
  const made = fs.existsSync(at('out/report.json'))
  return {
    ...result, at, made,
    report: made ? JSON.parse(fs.readFileSync(at('out/report.json'))) : null,
    findings: made ? fs.readFileSync(at('out/findings.ndjson'), 'utf8') : null,
    left: fs.readdirSync(world.path(name)).filter(file => !(file in inputs)),
  }
}

// One line on standard error, and nothing that a sanitizer says.
function oneLine(result, start, says) {
  const told = lines(result.stderr)
  assert.equal(told.length, 1, result.stderr)
  assert.ok(told[0].startsWith(start), `${told[0]}\nbegins with ${start}`)
  for (const part of says) assert.ok(told[0].includes(part), `${told[0]}\nsays ${part}`)
  return told[0]
}

const outcomes = report => Object.fromEntries(report.checkItems.map(item => [item.uuid, item.outcome]))

test('the good inputs, which each row spoils in one place, bring no word', async () => {
  const result = await evaluate({
    'waivers.json': { waivers: [waiver()] }, 'attestations.json': { attestations: [attestation()] },
    'pack.json': pack('pack-1', 3),
  })
  assert.equal(result.stderr, '')
  assert.equal(result.code, 0)
  assert.deepEqual(outcomes(result.report), { 'item-1': 'IGNORED', 'item-2': 'NON_COMPLIANT', 'item-3': 'COMPLIANT' })
})

// ---- rules

const GOOD_RULE = rules(1)[0]
const clause = change => ({ ...GOOD_RULE.condition.children[0], ...change })
const group = (children, operator = 'and') => ({ operator, children })
const vendors = text => ({ condition: undefined, ComplianceConditions: text })
const nested = depth => Array.from({ length: depth }).reduce(inner => group([inner]), clause())

// name, the members that differ from a good rule (or the whole rule), pointer, what the line says. The rule's check item is ERROR,
// unless nothing can be read where it names it: then the item is MANUAL, and one more line says that the rule may be for any item.
const RULES = [
  ['a number for a rule', 17, '', ['this is an integer; an object is right'], 'MANUAL'],
  ['no id', { id: undefined }, '', ['"id" is missing; it is required']],
  ['id misspelt', { id: undefined, Id: 'r' }, '/Id', ['unknown member "Id"; did you mean "id"?']],
  ['id with a blank', { id: 'a b' }, '/id', ['"a b" is no id', '1 to 64 letters, digits']],
  ['id of 65 characters', { id: 'x'.repeat(65) }, '/id', ['1 to 64 letters']],
  ['id a number', { id: 7 }, '/id', ['this is an integer; text is right']],
  ['id taken', { id: 'rule-2' }, '', ['"rule-2" is that of the rule at', '/0 already', 'each rule needs its own'], 'ERROR', 'last'],
  ['unknown member, near', { scpoe: {} }, '/scpoe', ['unknown member "scpoe"; did you mean "scope"?']],
  ['unknown member, far', { zzz: 1 }, '/zzz', ['unknown member "zzz"; one of "id", "name",', '"ComplianceConditions", "policy_rule"', ' is right']],
  ['member with control characters', { '\u001b[31m': 1 }, '', ['unknown member "\\x1b[31m"']],
  ['name a list', { name: [] }, '/name', ['this is an array; text is right']],
  ['no resource types', { resourceTypes: undefined }, '', ['"resourceTypes" is missing']],
  ['resource types a text', { resourceTypes: 'evs.volumes' }, '/resourceTypes', ['this is text; an array is right']],
  ['no type among the resource types', { resourceTypes: [] }, '/resourceTypes', ['this is empty; at least one resource type is right']],
  ['resource type a number', { resourceTypes: [1] }, '/resourceTypes/0', ['this is an integer; text is right']],
  ['resource type empty', { resourceTypes: [''] }, '/resourceTypes/0', ['this is empty; text is required']],
  ['risk level 4', { riskLevel: 4 }, '/riskLevel', ['this is 4; 1 (high), 2 (medium) or 3 (low) is right']],
  ['risk level a word', { riskLevel: 'high' }, '/riskLevel', ['this is text; an integer is right']],
  ['check items a text', { checkItems: 'item-1' }, '/checkItems', ['this is text; an array is right']],
  ['check item with uuid and name', { checkItems: [{ uuid: 'item-1', name: 'Item 1' }] }, '/checkItems/0',
    ['"uuid" and "name" are both there; one of them is right']],
  ['check item with nothing', { checkItems: [{}] }, '/checkItems/0',
    ['no check item is named; its "uuid" or its "name" is right'], 'MANUAL'],
  ['check item by id', { checkItems: [{ id: 'item-1' }] }, '/checkItems/0/id',
    ['unknown member "id"; one of "uuid", "name" is right']],
  ['check items misspelt', { checkItems: undefined, checkItem: [{ uuid: 'item-1' }] }, '/checkItem', ['did you mean "checkItems"?']],
  ['check items under another name', { checkItems: undefined, checks: [{ uuid: 'item-1' }] }, '/checks', ['unknown member "checks"'], 'MANUAL'],
  ['one bad check item of two', { checkItems: [{ uuid: 'item-1' }, 5] }, '/checkItems/1', ['this is an integer; an object is right']],
  ['scope a text', { scope: 'prod' }, '/scope', ['this is text; an object is right']],
  ['scope member misspelt', { scope: { regionIDs: ['r'] } }, '/scope/regionIDs', ['did you mean "regionIds"?']],
  ['tag without key', { scope: { tags: [{ value: 'x' }] } }, '/scope/tags/0', ['"key" is missing']],
  ['tags an object', { scope: { tags: { env: 'prod' } } }, '/scope/tags', ['this is an object; an array is right']],
  ['tag value a number', { scope: { excludeTags: [{ key: 'a', value: 3 }] } }, '/scope/excludeTags/0/value', ['an integer; text is right']],
  ['tag logic unknown', { scope: { tags: [{ key: 'a' }], tagLogic: 'NEITHER' } }, '/scope/tagLogic',
    ['this is "NEITHER"; one of "OR", "AND" is right']],
  ['missing unknown', { missing: 'INSUFICIENT_DATA' }, '/missing', ['did you mean "INSUFFICIENT_DATA"?']],
  ['no condition', { condition: undefined }, '', ['"condition" is missing; it, or "ComplianceConditions", or "policy_rule", is required']],
  ['two conditions', { ComplianceConditions: '{}' }, '', ['"condition" and "ComplianceConditions" are both there; one of them is right']],
  ['condition a list', { condition: [] }, '/condition', ['this is an array; an object is right']],
  ["vendor's conditions as a tree", vendors({}), '/ComplianceConditions', ['text that holds JSON is right here', '"condition"']],
  ["vendor's conditions cut", vendors('{"operator":\n"and"'), '/ComplianceConditions',
    ['the JSON in this text is wrong at line 2, column']],
  ["operator in the vendor's text", vendors(JSON.stringify(group([clause({ operator: 'Grater' })]))),
    '/ComplianceConditions/children/0/operator', ['unknown operator "Grater"; did you mean "Greater"?']],
  ['operator misspelt', { condition: clause({ operator: 'StringEqual' }) }, '/condition/operator',
    ['"StringEqual"; did you mean "StringEquals"?']],
  ['operator of no likeness', { condition: clause({ operator: 'Matches' }) }, '/condition/operator',
    ['unknown operator "Matches"; and, or, or one of these is right: StringEquals,', 'IsNotStringEmpty']],
  ['no operator', { condition: clause({ operator: undefined }) }, '/condition', ['operator is missing; give a text']],
  ['operator under another name', { condition: clause({ operator: undefined, opertor: 'Greater' }) }, '/condition/opertor',
    ['unknown member "opertor"; did you mean "operator"?']],
  ['operator a number', { condition: clause({ operator: 4 }) }, '/condition/operator', ['operator is a number; it has to be a text']],
  ['group in upper case', { condition: group([clause()], 'OR') }, '/condition/operator', ['unknown operator "OR"; did you mean "or"?']],
  ['group without children', { condition: { operator: 'and' } }, '/condition', ['a group needs children: an array of clauses and groups']],
  ['group with no child', { condition: group([]) }, '/condition/children', ['give at least one']],
  ['children an object', { condition: group({}) }, '/condition/children', ['children is an object; it has to be an array']],
  ['child a number', { condition: group([clause(), 3]) }, '/condition/children/1', ['this is a number; a clause or a group is an object']],
  ['fault deep inside', { condition: group([clause(), group([clause({ desired: 'x' })], 'or')]) },
    '/condition/children/1/children/0/desired', ['desired of Greater has "x"; it takes a number, or a text that is one']],
  ['33 groups in each other', { condition: nested(33) }, `/condition${'/children/0'.repeat(32)}`, ['groups are nested more than 32 deep']],
  ['1001 clauses', { condition: group(Array.from({ length: 1001 }, () => clause())) }, '/condition/children/1000',
    ['more than 1000 clauses']],
  ['clause with children', { condition: clause({ children: [clause()] }) }, '/condition/children', ['a clause has no children']],
  ['clause member misspelt', { condition: clause({ desired: undefined, desird: '1' }) }, '/condition/desird', ['did you mean "desired"?']],
  ['no feature source', { condition: clause({ featureSource: undefined }) }, '/condition', ['featureSource is missing; give a text']],
  ['unknown feature source', { condition: clause({ featureSource: 'CONFIG' }) }, '/condition/featureSource',
    ['unknown featureSource "CONFIG"; CONFIGURATION, RESOURCE or CONFIGURATION_FIELD_<JSONPath> is right']],
  ['path in the feature source', { condition: clause({ featureSource: 'CONFIGURATION_FIELD_policy' }) }, '/condition/featureSource',
    ['featureSource: position 1: expected a path that begins with $, found "p"']],
  ['no feature path', { condition: clause({ featurePath: undefined }) }, '/condition', ['featurePath is missing; give a text']],
  ['feature path empty', { condition: clause({ featurePath: '' }) }, '/condition/featurePath', ['featurePath is empty; give a text']],
  ['feature path cut', { condition: clause({ featurePath: '$.Size[' }) }, '/condition/featurePath',
    ['position 8: expected a name, an index, a slice, a filter or *', 'found the end of the path']],
  ['feature path with a filter cut', { condition: clause({ featurePath: '$.a[?@.b == ]' }) }, '/condition/featurePath',
    ['position 13']],
  ['feature path of 5 kB', { condition: clause({ featurePath: `$.${'a'.repeat(5000)}` }) }, '/condition/featurePath',
    ['at most 4096 are allowed']],
  ['no desired', { condition: clause({ desired: undefined }) }, '/condition', ['Greater needs desired: a number, or a text that is one']],
  ['desired no number', { condition: clause({ desired: 'ten' }) }, '/condition/desired',
    ['desired of Greater has "ten"; it takes a number, or a text that is one']],
  ['desired an object', { condition: clause({ desired: {} }) }, '/condition/desired', ['is an object; it takes a number']],
  ['desired list empty', { condition: clause({ operator: 'In', desired: [] }) }, '/condition/desired', ['give at least one value']],
  ['desired list with a gap', { condition: clause({ operator: 'StringIn', desired: 'a,,b' }) }, '/condition/desired',
    ['empty value at position 2']],
  ['pattern without its end', { condition: clause({ operator: 'StringMatches', desired: '^(a|b' }) }, '/condition/desired',
    ['desired of StringMatches is no I-Regexp (RFC 9485): position 6: a group has no )']],
  ['pattern of another dialect', { condition: clause({ operator: 'NotStringMatches', desired: 'v\\d+' }) }, '/condition/desired',
    ['desired of NotStringMatches is no I-Regexp (RFC 9485): position 3: expected one of (', ' after the backslash']],
  ['pattern with a control character', { condition: clause({ operator: 'StringMatches', desired: '[b-\u001b]' }) }, '/condition/desired',
    ['position 2: the range ends before it begins']],
  ['pattern a number', { condition: clause({ operator: 'StringMatches', desired: 443 }) }, '/condition/desired',
    ['desired of StringMatches is a number; it takes a pattern (I-Regexp, RFC 9485) as text, like "^db-[0-9]+$"']],
  ['pattern empty', { condition: clause({ operator: 'StringMatches', desired: '' }) }, '/condition/desired',
    ['an empty text, which every text contains; give what has to be looked for']],
  ['pattern of 5 kB', { condition: clause({ operator: 'StringMatches', desired: 'a'.repeat(5000) }) }, '/condition/desired',
    ['desired of StringMatches: a pattern of 5000 bytes; at most 4096 are allowed']],
  ['pattern of too many states', { condition: clause({ operator: 'StringMatches', desired: '((ab){100}){100}' }) }, '/condition/desired',
    ['the pattern needs more than 10000 states']],
  ['desired where none is taken', { condition: clause({ operator: 'IsEmpty', desired: 'x' }) }, '/condition/desired',
    ['IsEmpty takes no desired value; leave it out']],
]

describe('a broken rule: its check item is ERROR, the others go on, status 3', { concurrency: 2 }, () => {
  for (const [name, change, pointer, says, outcome = 'ERROR', place = 'first'] of RULES) {
    test(name, async () => {
      const broken = typeof change === 'object' ? copy({ ...GOOD_RULE, ...change }) : change
      const good = rules(2)[1]
      const result = await evaluate({ 'rules.json': place === 'first' ? [broken, good] : [good, broken] })
      const whole = (place === 'first' ? '/0' : '/1') + pointer
      const file = result.at('rules.json')
      const isLost = outcome === 'MANUAL'
      if (isLost) {
        const [told, lost, ...rest] = result.stderr.split('\n')
        assert.match(lost, / is broken and names no check item that can be read, .* \[rule\.unbound\.broken\]$/)
        result.stderr = [told, ...rest].join('\n')
      }
      const line = oneLine(result, `${file}: error: `, [` (at ${whole}) [rule.`, ...says])
      assert.ok(!/[\0-\x1f\x7f]/.test(line), 'nothing that could steer a terminal')
      assert.equal(result.code, BROKEN)
      assert.deepEqual(outcomes(result.report), { 'item-1': outcome, 'item-2': 'NON_COMPLIANT' })
      const { errors, list } = result.report.problems
      assert.equal(errors, isLost ? 2 : 1)
      const [problem] = list.filter(one => one.severity === 'error')
      assert.equal(problem.pointer, whole)
      assert.ok(line.includes(problem.message))
    })
  }
})

// Documents of which nothing can be used: name, content, what the line says.
const SPOILT = [
  ['empty', '', 'this is empty; a JSON document is right'],
  ['blanks only', ' \n\t\n', 'this is empty; a JSON document is right'],
  ['cut', '{"x": [\n', 'the JSON is wrong at line 2, column 0'],
  ['a comma too many', '[\n1,\n]', 'the JSON is wrong at line 3, column 1: unexpected token near'],
  ['a member twice', '{"a": 1,\n"a": 2}', 'the JSON is wrong at line 2, column 3: duplicate object key'],
  ['not UTF-8', Buffer.from('["\xff"]', 'latin1'), 'the JSON is wrong at line 1, column 2: unable to decode byte 0xff'],
]

describe('a rule file that is none: status 65, no report', { concurrency: 2 }, () => {
  const rows = [...SPOILT,
    ['a number', '42', 'this holds no rules; a rule, an array of rules or {"rules": [...]} is right'],
    ['another object', { policies: [] }, 'this holds no rules'],
    ['rules an object', { rules: {} }, 'this is an object; an array is right (at /rules)'],
    ['no rule', [], 'holds no rules'],
  ]
  for (const [name, content, says] of rows) {
    test(name, async () => {
      const result = await evaluate({ 'rules.json': content })
      oneLine(result, `packreport evaluate: rules: ${result.at('rules.json')}: `, [says])
      assert.equal(result.code, EX_DATAERR)
      assert.deepEqual(result.left, [], 'nothing was written')
    })
  }
})

// ---- packs

// A good pack, changed by a function.
const changed = (change, items = 2) => {
  const one = pack('pack-1', items)
  change(one, one.spec_catalog_vo_list[0])
  return one
}
const deep = one => {
  const list = one.spec_catalog_vo_list
  for (let n = 2; n <= 33; n++) list.push({ ...list[0], uuid: `c${n}`, parent: list[n - 2].uuid, check_items: [] })
}

// As a diagnostic says it: line and column in front, as compilers do; column 0 is none.
const inFront = says => {
  const [, line, column, rest] = says.match(/ at line (\d+), column (\d+)(.*)/) ?? []
  return line ? [`pack.json:${line}${column > 0 ? `:${column}` : ''}: error: the JSON is wrong${rest || ':'}`] : [says]
}

// name, pack, pointer, what the line says
const PACKS = [
  ...SPOILT.map(([name, content, says]) => [name, content, null, inFront(says)]),
  ['a list', [], '', ['this is an array; an object is right']],
  ['no uuid', changed(one => { delete one.uuid }), '', ['"uuid" is missing; it is required']],
  ['uuid a number', changed(one => { one.uuid = 5 }), '/uuid', ['this is an integer; text is right']],
  ['uuid empty', changed(one => { one.uuid = '' }), '/uuid', ['this is empty; text is required']],
  ['state a text', changed(one => { one.state = 'on' }), '/state', ['this is text; an integer is right']],
  ['flag a text', changed(one => { one.has_auto_check_items = 'ja' }), '/has_auto_check_items', ['true, false, 0 or 1 is right']],
  ['directories an object', changed(one => { one.spec_catalog_vo_list = {} }), '/spec_catalog_vo_list',
    ['this is an object; an array is right']],
  ['a directory a text', changed(one => { one.spec_catalog_vo_list.push('x') }), '/spec_catalog_vo_list/1',
    ['this is text; an object is right']],
  ['a directory without uuid', changed((_, first) => { delete first.uuid }), '/spec_catalog_vo_list/0', ['"uuid" is missing']],
  ['level a text', changed((_, first) => { first.level_number = '1' }), '/spec_catalog_vo_list/0/level_number', ['an integer is right']],
  ['check items an object', changed((_, first) => { first.check_items = {} }), '/spec_catalog_vo_list/0/check_items',
    ['this is an object; an array is right']],
  ['a check item a number', changed((_, first) => { first.check_items[1] = 7 }), '/spec_catalog_vo_list/0/check_items/1',
    ['this is an integer; an object is right']],
  ['a check item without uuid', changed((_, first) => { delete first.check_items[0].uuid }), '/spec_catalog_vo_list/0/check_items/0',
    ['"uuid" is missing']],
  ["a check item's name a number", changed((_, first) => { first.check_items[1].name = 7 }),
    '/spec_catalog_vo_list/0/check_items/1/name', ['this is an integer; text is right']],
  ['33 layers', changed(deep), '/spec_catalog_vo_list/32', ['too many layers of directories; at most 32 are taken']],
]

describe('a malformed pack: status 65, no report', { concurrency: 2 }, () => {
  for (const [name, content, pointer, says] of PACKS) {
    test(name, async () => {
      const result = await evaluate({ 'pack.json': content })
      const place = pointer ? [` (at ${pointer}) [pack.`] : []
      oneLine(result, result.at('pack.json'), [...place, ...says])
      assert.equal(result.code, EX_DATAERR)
      assert.deepEqual(result.left, [], 'nothing was written')
    })
  }

  test('two mistakes are two lines', async () => {
    const result = await evaluate({ 'pack.json': changed((one, first) => { one.name = 5; first.uuid = 6 }) })
    assert.deepEqual(lines(result.stderr).map(line => /\(at (.*)\)/.exec(line)[1]), ['/name', '/spec_catalog_vo_list/0/uuid'])
    assert.equal(result.code, EX_DATAERR)
  })
})

// ---- inventory lines

const record = change => JSON.stringify({ resourceType: 'evs.volumes', resourceId: 'x', ...change })
const KB = 1024

// name, line, reason
const BAD_LINES = [
  ['no JSON', '{"resourceId": broken', 'no valid JSON: a character that cannot stand there, near byte 21'],
  ['cut', '{"resourceId": "x", "resourceType": "t"', 'no valid JSON: it ends in the middle, near byte 39'],
  ['two records', `${record()} ${record()}`, 'no valid JSON: something follows the JSON value, near byte 49'],
  ['a member twice', '{"resourceId": "x", "resourceId": "y", "resourceType": "t"}', 'JSON that is not taken: a member that is there twice'],
  ['not UTF-8', Buffer.from(record({ resourceName: '\xff' }), 'latin1'), 'no valid JSON: a byte that is not UTF-8'],
  ['NUL', record({ resourceName: '\0' }), 'JSON that is not taken: the character NUL'],
  ['null', 'null', 'the line is null; a record is an object'],
  ['a text', '"x"', 'the line is a text; a record is an object'],
  ['an array of records', `[${record()}]`, 'the line is an array; a record is an object'],
  ['no resourceId', '{"resourceType": "t"}', 'resourceId is missing or empty; each record needs one'],
  ['no resourceType', '{"resourceId": "x"}', 'resourceType is missing or empty; each record needs one'],
  ['resourceId a number', record({ resourceId: 5 }), 'resourceId is a number; it has to be a text'],
  ['resourceType empty', record({ resourceType: '' }), 'resourceType is missing or empty; each record needs one'],
  ['regionId a number', record({ regionId: 5 }), 'regionId is a number; it has to be a text'],
  ['accountId a number', record({ accountId: 100000000000001 }), 'accountId is a number; it has to be a text'],
  ['tags a list', record({ tags: [] }), 'tags is an array; it has to be an object of texts'],
  ['a tag a number', record({ tags: { env: 'prod', cost: 12 } }), 'tag "cost" is a number; each has to be a text'],
  ['configuration a number', record({ configuration: 1 }), 'configuration is a number; it has to be an object, or a text that holds one'],
  ['configuration a text that is cut', record({ configuration: '{' }), 'the text in configuration: no valid JSON: it ends in the middle'],
  ['configuration a text with a list', record({ configuration: '[]' }), 'configuration is an array; it has to be an object'],
  ['nested 200 deep', record({ configuration: { a: 0 } }).replace('0', '['.repeat(200) + ']'.repeat(200)),
    'nested more than 128 levels deep at byte 1'],
  ['longer than 16 MiB', record({ resourceName: 'n'.repeat(16 * KB * KB) }), 'the line is longer than 16777216 bytes and is left out'],
]

describe('bad inventory lines are counted and reported, and do not stop the report', () => {
  const good = lines(inventory(BAD_LINES.length + 1))
  let clean
  let dirty
  before(async () => {
    const mixed = [Buffer.from('\n')] // a blank line is no bad line
    for (const [n, line] of good.entries()) {
      mixed.push(Buffer.from(`${line}\n`))
      if (BAD_LINES[n]) mixed.push(Buffer.from(BAD_LINES[n][1]), Buffer.from('\n'))
    }
    clean = await evaluate({ 'inventory.ndjson': good.map(line => `${line}\n`).join('') })
    dirty = await evaluate({ 'inventory.ndjson': Buffer.concat(mixed) })
  })
  const lineOf = n => 3 + 2 * n

  for (const [n, [name, , reason]] of BAD_LINES.entries()) {
    test(name, () => {
      const problem = dirty.report.inventory.problems.list.find(one => one.line === lineOf(n))
      assert.ok(problem, `line ${lineOf(n)} is reported`)
      assert.equal(problem.severity, 'error')
      assert.ok(problem.message.includes(reason), problem.message)
      assert.match(problem.code, /^inventory\./)
    })
  }

  test('they are counted, and the report is that of the good lines', () => {
    assert.equal(dirty.code, 0)
    const { records, badLines, blankLines, problems } = dirty.report.inventory
    assert.deepEqual({ records, badLines, blankLines }, { records: good.length, badLines: BAD_LINES.length, blankLines: 1 })
    assert.equal(problems.errors, BAD_LINES.length)
    assert.equal(problems.list.length, BAD_LINES.length)
    assert.equal(JSON.parse(dirty.stdout).badLines, BAD_LINES.length)
    const withoutLines = text => text.replace(/"line":\d+,"offset":\d+/g, '')
    assert.equal(withoutLines(dirty.findings), withoutLines(clean.findings))
    assert.deepEqual(dirty.report.summary, clean.report.summary)
  })

  test('standard error names the first 20 with file and line, and says how many more there are', () => {
    const told = lines(dirty.stderr)
    assert.equal(told.length, 21)
    for (const [n, line] of told.slice(0, 20).entries()) {
      assert.ok(line.startsWith(`${dirty.at('inventory.ndjson')}:${lineOf(n)}: error: `), line)
    }
    assert.equal(told[20], `… and ${BAD_LINES.length - 20} more`)
  })
})

test('a last line that is cut off is a bad line, from a file and from standard input', async () => {
  const cut = inventory(3).slice(0, -10)
  const result = await evaluate({ 'inventory.ndjson': cut })
  oneLine(result, `${result.at('inventory.ndjson')}:3: error: no valid JSON: it ends in the middle`, [])
  assert.deepEqual([result.code, result.report.inventory.records, result.report.inventory.badLines], [0, 2, 1])
  const piped = await world.run(PACKREPORT, ['evaluate', '--pack', result.at('pack.json'), '--rules', result.at('rules.json'),
    '--inventory', '-', '--out', result.at('out2'), '--json'], { input: cut })
  assert.match(piped.stderr, /^standard input:3: error: no valid JSON/)
})

// ---- waivers and attestations

function waiver(change) {
  return { id: 'W-1', rule: 'rule-1', resource: '*', reason: 'Known.', approver: 'Security officer', until: '2030-01-01', ...change }
}
function attestation(change) {
  return { item: { uuid: itemId(3) }, outcome: 'COMPLIANT', by: 'Operations', at: '2026-11-20', evidence: 'Record 1', ...change }
}

// name, change of a good entry (or the whole entry), pointer, what the line says
const WAIVERS = [
  ['a text for an entry', 'W-1', '', ['this is text; an object is right']],
  ['no id', { id: undefined }, '', ['"id" is missing']],
  ['id taken', { id: 'W-0' }, '/id', ['an earlier entry has the same "id", "W-0"; each needs its own']],
  ['no rule', { rule: undefined }, '', ['"rule" is missing']],
  ['no resource', { resource: undefined }, '', ['"resource" is missing']],
  ['no reason', { reason: '' }, '/reason', ['this is empty; text is required']],
  ['approver a number', { approver: 3 }, '/approver', ['this is an integer; text is right']],
  ['no end', { until: undefined }, '', ['"until" is missing']],
  ['end no time', { until: 'tomorrow' }, '/until', ['"tomorrow" is no time; "2026-11-21" or "2026-11-21T19:30:44Z" is right']],
  ['end no day', { until: '2030-02-30' }, '/until', ['"2030-02-30" is no time']],
  ['end without zone', { until: '2030-01-01T10:00:00' }, '/until', ['is no time']],
  ['end before begin', { from: '2031-01-01' }, '/until', ['this is not after "from"; a later time is right']],
  ['category misspelt', { category: 'mitigate' }, '/category', ['did you mean "mitigated"?']],
  ['category unknown', { category: 'other' }, '/category', ['one of "accepted", "mitigated", "false-positive" is right']],
  ['end misspelt', { until: undefined, untill: '2030-01-01' }, '/untill', ['unknown member "untill"; did you mean "until"?']],
  ['unknown member', { expires: '2030-01-01' }, '/expires', ['unknown member "expires"; one of "id", "rule",']],
]
const ATTESTATIONS = [
  ['a number for an entry', 5, '', ['this is an integer; an object is right']],
  ['no item', { item: undefined }, '', ['"item" is missing']],
  ['item a text', { item: 'item-3' }, '/item', ['this is text; an object is right']],
  ['item with uuid and name', { item: { uuid: 'item-3', name: 'Item 3' } }, '/item', ['"uuid" and "name" are both there']],
  ['no outcome', { outcome: undefined }, '', ['"outcome" is missing']],
  ['outcome in lower case', { outcome: 'compliant' }, '/outcome', ['did you mean "COMPLIANT"?']],
  ['outcome that nobody can attest', { outcome: 'MANUAL' }, '/outcome', ['one of "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE" is right']],
  ['no by', { by: undefined }, '', ['"by" is missing']],
  ['evidence empty', { evidence: '' }, '/evidence', ['this is empty; text is required']],
  ['at no time', { at: 'yesterday' }, '/at', ['"yesterday" is no time']],
  ['no at', { at: undefined }, '', ['"at" is missing']],
  ['until before at', { until: '2025-01-01' }, '/until', ['this is not after "at"; a later time is right']],
  ['evidence misspelt', { evidence: undefined, evidenc: 'x' }, '/evidenc', ['did you mean "evidence"?']],
]

for (const [what, rows, good, bad, wrongOutcomes] of [
  // The good entry beside it counts: W-0 excuses rule-2. The bad one does not.
  ['waiver', WAIVERS, waiver({ id: 'W-0', rule: 'rule-2' }), waiver,
    { 'item-1': 'NON_COMPLIANT', 'item-2': 'IGNORED', 'item-3': 'MANUAL' }],
  ['attestation', ATTESTATIONS, attestation({ item: { uuid: 'item-4' } }), attestation,
    { 'item-1': 'NON_COMPLIANT', 'item-2': 'NON_COMPLIANT', 'item-3': 'MANUAL', 'item-4': 'COMPLIANT' }],
]) {
  describe(`a malformed ${what} is left out, the others count, status 3`, { concurrency: 2 }, () => {
    for (const [name, change, pointer, says] of rows) {
      test(name, async () => {
        const entry = typeof change === 'object' ? bad(change) : change
        const items = Object.keys(wrongOutcomes).length
        const result = await evaluate({ 'pack.json': pack('pack-1', items), [`${what}s.json`]: { [`${what}s`]: [good, entry] } })
        oneLine(result, `${result.at(`${what}s.json`)}: error: `, [` (at /${what}s/1${pointer}) [${what}.`, ...says])
        assert.equal(result.code, BROKEN)
        assert.deepEqual(outcomes(result.report), wrongOutcomes)
        assert.equal(result.report.problems.errors, 1)
      })
    }
  })

  describe(`a file of ${what}s that is none: status 65, no report`, { concurrency: 2 }, () => {
    const key = `${what}s`
    const files = [...SPOILT, ['a list', [], 'this is an array; an object is right'],
      ['another key', { [what]: [] }, `"${key}" is missing; {"${key}": [...]} is right`],
      ['no list', { [key]: {} }, `this is an object; an array is right (at /${key})`]]
    for (const [name, content, says] of files) {
      test(name, async () => {
        const result = await evaluate({ [`${key}.json`]: content })
        oneLine(result, `packreport evaluate: ${key}: ${result.at(`${key}.json`)}: `, [says])
        assert.equal(result.code, EX_DATAERR)
        assert.deepEqual(result.left, [], 'nothing was written')
      })
    }
  })
}

// ---- accounts and settings: packreportd --check-config

async function checkConfig({ settings = {}, ini, args = [], accounts } = {}) {
  const name = `d${++folders}`
  const own = file => world.path(name, file)
  furnishIn(name, accounts)
  const text = ini ?? world.settings({
    'source.accounts': own('accounts.json'), 'source.packs': own('packs'), 'source.inventory': own('inventory'),
    'rules.path': own('rules'), ...settings,
  })
  const file = world.write(`${name}/packreportd.ini`, text)
  const result = await world.run(PACKREPORTD, ['--check-config', '--config', file, ...args], { status: null })
  return { ...result, at: own, file, text: text.toString() }
}

function furnishIn(name, accounts) {
  const inside = { write: (file, content) => world.write(`${name}/${file}`, content) }
  furnish(inside)
  if (accounts !== undefined) inside.write('accounts.json', accounts)
}

const account = change => ({ accounts: [{ AccountId: '1' }, { AccountId: '2', ...change }] })
const CLOUD = { project_id: 'p', workspace_id: 'w', base_url: 'https://secmaster.example.com', credential: 'token' }

// name, file, place, what the line says
const ACCOUNTS = [
  ...SPOILT.map(([name, content, says]) => [name, content, '', [says]]),
  ['a list', [], '', ['this is an array; an object is right']],
  ['another key', { account: [] }, '', ['"accounts" is missing; {"accounts": [...]} is right']],
  ['an entry a text', { accounts: ['1'] }, '/accounts/0', ['this is text; an object is right']],
  ['no AccountId', { accounts: [{}] }, '/accounts/0', ['"AccountId" is missing']],
  ['AccountId misspelt', { accounts: [{ AccountID: '1' }] }, '/accounts/0/AccountID', ['did you mean "AccountId"?']],
  ['AccountId of letters', account({ AccountId: 'abc' }), '/accounts/1/AccountId', ['"abc" is no AccountId; 1 to 19 digits are right']],
  ['AccountId of 20 digits', account({ AccountId: '1'.repeat(20) }), '/accounts/1/AccountId', ['1 to 19 digits']],
  ['AccountId negative', account({ AccountId: -5 }), '/accounts/1/AccountId', ['"-5" is no AccountId']],
  ['AccountId taken', account({ AccountId: 1 }), '/accounts/1/AccountId', ['an earlier entry has the same "AccountId", "1"']],
  ['unknown member', account({ region: 'x' }), '/accounts/1/region', ['unknown member "region"; one of "AccountId",']],
  ['base URL with another scheme', account({ ...CLOUD, base_url: 'ftp://example.com' }), '/accounts/1/base_url',
    ['http:// or https:// with a host']],
  ['base URL without project', account({ ...CLOUD, project_id: undefined }), '/accounts/1',
    ['"project_id" is missing; "base_url" needs it']],
  ['project id with a slash', account({ ...CLOUD, project_id: 'a/b' }), '/accounts/1/project_id', ['"a/b" is not right; an id of 1 to 64']],
  ['credential a path', account({ ...CLOUD, credential: '../token' }), '/accounts/1/credential',
    ['the plain name of a file in the credentials folder']],
  ['inventory that climbs', account({ inventory: '../x.ndjson' }), '/accounts/1/inventory',
    ['"../x.ndjson" is not right; a relative path without']],
  ['inventory absolute', account({ inventory: '/etc/passwd' }), '/accounts/1/inventory', ['a relative path']],
]

describe('malformed accounts: status 78', { concurrency: 2 }, () => {
  for (const [name, content, pointer, says] of ACCOUNTS) {
    test(name, async () => {
      const result = await checkConfig({ accounts: content })
      oneLine(result, `packreportd: accounts: ${result.at('accounts.json')}: `, [pointer === '' ? '' : ` (at ${pointer})`, ...says])
      assert.equal(result.code, EX_CONFIG)
    })
  }

  test('a secret that stands in the wrong place is not repeated', async () => {
    for (const change of [{ credential: 'MY/TOKEN' }, { base_url: 'https://user:MYTOKEN@example.com' }]) {
      const result = await checkConfig({ accounts: account({ ...CLOUD, ...change }) })
      assert.equal(result.code, EX_CONFIG)
      assert.ok(!/TOKEN/.test(result.stderr), result.stderr)
    }
  })

  test('several mistakes are one line that says how many more there are', async () => {
    const result = await checkConfig({ accounts: { accounts: [{ AccountId: 'a' }, { AccountId: 'b' }, {}] } })
    oneLine(result, 'packreportd: ', ['(at /accounts/0/AccountId) (and 2 more errors)'])
  })
})

// name, [key, value] of a good file's change, what the line says; the line of the file is found by the key
const SETTINGS = [
  ['unknown section', ['redi.address', 'x'], ['[redi]: unknown section; did you mean "redis"?'], '[redi]'],
  ['section of no likeness', ['elsewhere.x', '1'], ['[elsewhere]: unknown section; one of redis, queue, worker,'], '[elsewhere]'],
  ['unknown key', ['redis.adress', 'x'], ['[redis] adress: unknown key; did you mean "address"?']],
  ['key of no likeness', ['redis.tls', 'yes'], ['[redis] tls: unknown key; one of address, sentinels,']],
  ['key of another section', ['redis.lease', '10s'], ['[redis] lease: unknown key; it belongs to [queue]']],
  ['duration a word', ['worker.retry_base', 'soon'],
    ['[worker] retry_base: "soon" is not a duration: a whole number with ms, s, min, h or d']],
  ['duration without unit', ['queue.lease', '10'], ['"10" is not a duration']],
  ['duration too small', ['queue.lease', '1ms'], ['"1ms" is too small; the least is 1s']],
  ['duration too large', ['queue.lease', '11min'], ['"11min" is too large; the most is 10min']],
  ['duration past 64 bits', ['queue.lease', '99999999999999999999d'], ['is too large; the most is 10min']],
  ['count too small', ['worker.max_jobs', '0'], ['"0" is too small; the least is 1']],
  ['count too large', ['worker.max_jobs', '257'], ['"257" is too large; the most is 256']],
  ['count with a fraction', ['worker.max_jobs', '8.5'], ['"8.5" is not a whole number']],
  ['count negative', ['worker.max_jobs', '-1'], ['"-1" is not a whole number']],
  ['partitions', ['queue.partitions', '65'], ['"65" is too large; the most is 64']],
  ['size too large', ['source.body_limit', '17M'], ['"17M" is too large; the most is 16M']],
  ['size with another unit', ['source.body_limit', '16MB'], ['"16MB" is not a size: a whole number of bytes, or one with k, M or G']],
  ['neither yes nor no', ['source.allow_plain_http', 'maybe'], ['"maybe" is neither yes nor no']],
  ['log level', ['log.level', 'warn'], ['"warn" is not one of error, warning, info, debug']],
  ['log format', ['log.format', 'xml'], ['"xml" is not one of auto, text, json, journal']],
  ['source kind', ['source.kind', 'secmster'], ['"secmster" is not one of secmaster, file; did you mean "secmaster"?']],
  ['language', ['source.language', 'de-de'], ['"de-de" is not one of en-us, zh-cn']],
  ['relative path', ['store.path', 'reports'], ['"reports" is not an absolute path; begin it with "/"']],
  ['no such file', ['source.accounts', '/nonexistent/accounts.json'], ['[source] accounts: /nonexistent/accounts.json: No such file']],
  ['a folder for a file', ['source.accounts', '/tmp'], ['/tmp is a folder; a file is needed']],
  ['a file for a folder', ['source.inventory', '/etc/passwd'], ['/etc/passwd is a file; a folder is needed']],
  ['no such rules', ['rules.path', '/nonexistent/rules'], ['[rules] path: /nonexistent/rules: No such file']],
  ['name with a blank', ['worker.name', 'a b'], ['"a b" is not a name: 1 to 64 of A-Z a-z 0-9 - _ .']],
  ['empty prefix', ['queue.prefix', ''], ['[queue] prefix: may not be empty']],
  ['command timeout against the lease', ['redis.command_timeout', '6s'], ['is more than half of [queue] lease']],
  ['retry base against the cap', ['worker.retry_base', '10min'], ['[worker] retry_base: is more than retry_cap']],
  ['connect timeout against the total', ['source.connect_timeout', '40s'], ['is more than total_timeout']],
  ['no packs for files', ['source.packs', ''], ['[source] packs: is needed when kind is file']],
  ['stall without step', ['drill.stall', '1s'], ['[drill] stall: needs a step']],
  ['user without credential', ['redis.user', 'reports'], ['[redis] user: a user needs a credential']],
  ['credential without folder', ['redis.credential', 'redis-password'], ['[redis] credential: needs a credentials folder']],
  ['keys of the door without folder', ['api.keys', 'access-keys'], ['[api] keys: needs a credentials folder']],
  ['links to a host alone', ['api.public_url', 'reports.example.com'], ['[api] public_url: is no base of links; https://host[:port][/path] is right']],
  ['links with a slash at the end', ['api.public_url', 'https://reports.example.com/'], ['without a slash at the end']],
  ['links with a query', ['api.public_url', 'https://reports.example.com/?a=b'], ['without query and fragment']],
  ['links with a blank', ['api.public_url', 'https://reports.example.com/a b'], ['[api] public_url: is no base of links']],
  ['account of the door', ['api.account', 'me'], ['[api] account: is no AccountId; 1 to 19 digits are right']],
  ['memory of the door', ['api.kept_memory', '5G'], ['[api] kept_memory: "5G" is too large; the most is 4G']],
  ['port', ['redis.address', 'localhost:99999'], ['[redis] address: the port is not a number from 1 to 65535']],
  ['socket path relative', ['redis.address', 'unix:redis.sock'], ['the path of a Unix socket begins with "/"']],
  ['IPv6 without brackets', ['redis.address', '::1'], ['write an IPv6 address in brackets: [::1]:6379']],
  ['path as an address', ['redis.address', '/run/redis.sock'], ['[redis] address: a Unix socket is written unix:/path']],
  ['tokens without folder', ['source.kind', 'secmaster'], ['[source] kind: needs a credentials folder: set [credentials] path']],
  ['TLS', ['redis.address', 'rediss://example.com'], ['no TLS to Redis, which takes hiredis 1.1 or newer']],
]

const INI = [
  ['key before a section', 'address = x\n', 1, ['address: stands before the first [section]']],
  ['no key and no section', '[redis]\n; fine\nnonsense\n', 3, ['neither "[section]" nor "key = value"']],
  ['section without end', '[redis\naddress = x\n', 1, ['"[" without "]"']],
  ['text behind a section', '[redis] x\n', 1, ['nothing but a comment may follow "]"']],
  ['key twice', '[redis]\naddress = unix:/a\n\naddress = unix:/b\n', 4, ['[redis] address: set twice; the first time on line 2']],
  ['line of 300 bytes', `[redis]\naddress = ${'x'.repeat(300)}\n`, 2, ['the line has 310 bytes; the most is 198']],
  ['not UTF-8', Buffer.from('[redis]\n\naddress = \xff\n', 'latin1'), 3, ['the line is not text in UTF-8']],
]

// name, --set, what stands behind it
const ASSIGNMENTS = [
  ['unknown section', 'redi.address=x', 'redi.address: unknown section; did you mean "redis"?'],
  ['unknown key', 'redis.adress=x', 'redis.adress: unknown key; did you mean "address"?'],
  ['no section', 'address=x', 'address: a setting is named section.key, as in redis.address'],
  ['no value', 'redis.address', 'redis.address: write section.key=value'],
  ['bad value', 'queue.lease=10m', 'queue.lease: "10m" is not a duration'],
  ['against another', 'redis.command_timeout=9s', 'redis.command_timeout: is more than half of [queue] lease'],
  ['a secret', 'redis.credential=geheim',
    'redis.credential: leads to a secret, and other users can see the command line; set it in the file'],
  ['a password in the address', 'redis.address=redis://:geheim@example.com',
    'redis.address: user and password do not belong into the address'],
  ['no such file', 'rules.waivers=/nonexistent/w.json', 'rules.waivers: '],
]

describe('malformed settings: status 78', { concurrency: 2 }, () => {
  for (const [name, [key, value], says, needle = `${key.slice(key.indexOf('.') + 1)} = ${value}`] of SETTINGS) {
    test(name, async () => {
      const result = await checkConfig({ settings: { [key]: value } })
      const number = lineNumber(result.text, needle)
      oneLine(result, `packreportd: ${result.file}:${number}: `, says)
      assert.equal(result.code, EX_CONFIG)
    })
  }
  for (const [name, ini, number, says] of INI) {
    test(name, async () => {
      const result = await checkConfig({ ini })
      oneLine(result, `packreportd: ${result.file}:${number}: `, says)
      assert.equal(result.code, EX_CONFIG)
    })
  }
  for (const [name, assignment, says] of ASSIGNMENTS) {
    test(`--set: ${name}`, async () => {
      const result = await checkConfig({ args: ['--set', assignment] })
      oneLine(result, `packreportd: --set ${says}`, [])
      assert.equal(result.code, EX_CONFIG)
      assert.ok(!result.stderr.includes('geheim'), 'no secret is repeated')
    })
  }

  test('no file', async () => {
    const result = await checkConfig({ args: ['--config', '/nonexistent/packreportd.ini'] })
    oneLine(result, 'packreportd: /nonexistent/packreportd.ini: No such file or directory', [])
    assert.equal(result.code, EX_CONFIG)
  })

  test('the good file is said to be right', async () => {
    const result = await checkConfig()
    assert.deepEqual([result.code, result.stderr], [0, ''])
    assert.match(result.stdout, /^packreportd: .*\/packreportd\.ini: right\n$/)
  })
})

test('a waiver for a rule that does not exist is a warning, and the report is made: status 0', async () => {
  const result = await evaluate({ 'waivers.json': { waivers: [waiver(), waiver({ id: 'W-2', rule: 'ruel-1' })] } })
  const line = oneLine(result, `${result.at('waivers.json')}: warning: `,
    ['waiver "W-2" excuses nothing: no rule has the id "ruel-1"; did you mean "rule-1"? (at /waivers/1/rule) [waiver.rule.unknown]'])
  assert.equal(result.code, 0)
  const [problem] = result.report.problems.list
  assert.ok(line.includes(problem.message))
  assert.deepEqual([problem.severity, problem.code, problem.file, problem.pointer],
    ['warning', 'waiver.rule.unknown', 'waivers.json', '/waivers/1/rule'])
  const waivers = world.write('unknown-waivers.json', { waivers: [waiver({ rule: 'rule-9*' })] })
  const checked = await checkConfig({ settings: { 'rules.waivers': waivers } })
  oneLine(checked, `packreportd: ${waivers}: warning: waiver "W-1" excuses nothing: no rule has an id that fits "rule-9*"`, [])
  assert.equal(checked.code, 0)
})

function lineNumber(text, needle) {
  const number = text.split('\n').findIndex(line => line === needle) + 1
  assert.ok(number > 0, `${needle} stands in the file`)
  return number
}

// ---- what the files of the settings' files hold

const DOOR = { 'api.listen': '127.0.0.1:0', 'api.keys': 'keys' }
const TLS_DOOR = { 'api.listen': '127.0.0.1:0', 'api.tls_certificate': '/etc/hostname', 'api.tls_credential': 'keys' }
const CLOUD_SOURCE = { 'source.kind': 'secmaster' }
// name, settings, accounts, what the line says behind the program's name
const STARTS = [
  ['a door at no address', { 'api.listen': 'door' }, undefined, /^front door: "door" is no address to listen on; "127\.0\.0\.1:8080",.* is right$/],
  ['a door at no port', { 'api.listen': '*:99999' }, undefined, /^front door: "\*:99999" is no address to listen on; /],
  ['an open door to all', { 'api.listen': '*:8080' }, undefined,
    /^front door: \*:8080 can be reached from other machines; without access keys loopback or a Unix socket is right$/],
  ['an open door to a network', { 'api.listen': '192.0.2.1:8080' }, undefined, /^front door: 192\.0\.2\.1:8080 can be reached from other machines; /],
  ['an open door to a network of IPv6', { 'api.listen': '[2001:db8::1]:8080' }, undefined, /can be reached from other machines; /],
  ['a door at a path too long', { 'api.listen': `/tmp/${'d'.repeat(150)}` }, undefined, /the path of a Unix socket has at most 107 bytes$/],
  ['keys that are none', DOOR, undefined, /^front door: access keys: .*keys: .* is no AccessKeyId; .* \(at \/accessKeys\/0\/AccessKeyId\)/],
  ['a certificate that is none', TLS_DOOR, undefined, /^front door: \/etc\/hostname holds no certificate; PEM is right$/],
  ['endpoints at no address', { 'monitor.listen': '9464' }, undefined, /^\[monitor\] listen: "9464" is no address to listen on; /],
  ['an account without its service', CLOUD_SOURCE, account(), /accounts\.json: account 1 has no base_url; with \[source\] kind = secmaster base_url, project_id,/],
  ['an account without its token', CLOUD_SOURCE, { accounts: [{ AccountId: '1', ...CLOUD, credential: 'gone' }] },
    /accounts\.json: account 1 has the credential "gone", and there is no readable file of this name in \/.*$/],
]

describe('--check-config looks into what a start would read: status 78', { concurrency: 2 }, () => {
  for (const [name, settings, accounts, says] of STARTS) {
    test(name, async () => {
      const credentials = world.path(`credentials of ${name}`)
      world.write(`credentials of ${name}/keys`, { accessKeys: [{ AccessKeyId: 'a b', AccountId: '1', secrets: ['s'] }] })
      fs.chmodSync(path.join(credentials, 'keys'), 0o600)
      const result = await checkConfig({ settings: { 'credentials.path': credentials, ...settings }, accounts })
      assert.match(lines(result.stderr)[0].replace(/^packreportd: /, ''), says)
      assert.deepEqual([result.code, result.stdout], [EX_CONFIG, ''])
    })
  }

  test('a store that a start could not make', async () => {
    const file = world.write('a-file', '')
    for (const [store, says] of [[file, /a-file: is not a folder$/], ['/proc/foo', /\/proc\/foo: cannot be made in a file system of the kernel$/]]) {
      const result = await checkConfig({ args: ['--set', `store.path=${store}`] })
      assert.match(result.stderr.trimEnd(), says)
      assert.deepEqual([result.code, lines(result.stderr).length, result.stdout], [EX_CONFIG, 1, ''])
      assert.match(result.stderr, /^packreportd: \[store\] path: /)
    }
  })

  test('each fault in one go', async () => {
    const name = `d${folders + 1}`
    world.write(`${name}/rules/bad.json`, { ...GOOD_RULE, id: 'bad', riskLevel: 9 })
    const all = await checkConfig({ settings: { 'api.listen': 'door', 'monitor.listen': 'x' }, accounts: { accounts: [{ AccountId: 'x' }] },
      args: ['--set', 'store.path=/proc/foo'] })
    const told = lines(all.stderr)
    assert.equal(told.length, 5, all.stderr)
    for (const [at, says] of [/\[store\] path: /, /accounts\.json: "x" is no AccountId/, /bad\.json: error: /, /front door: /, /\[monitor\] listen: /].entries()) {
      assert.match(told[at], says)
    }
    assert.deepEqual([all.code, all.stdout], [EX_CONFIG, ''])

    const files = await checkConfig({ settings: { 'source.inventory': '/nowhere/i', 'rules.path': '/nowhere/r' } })
    assert.deepEqual(lines(files.stderr).map(line => line.replace(/^.*\[/, '[')), ['[source] inventory: /nowhere/i: No such file or directory',
      '[rules] path: /nowhere/r: No such file or directory'])
    const values = await checkConfig({ settings: { 'worker.retry_base': '10min', 'drill.stall': '1s' } })
    assert.deepEqual(lines(values.stderr).map(line => line.replace(/^.*\[/, '[')), ['[worker] retry_base: is more than retry_cap', '[drill] stall: needs a step'])
    assert.deepEqual([files.code, values.code], [EX_CONFIG, EX_CONFIG])
  })

  test('an address of which nothing wrong is certain is let through', async () => {
    for (const listen of ['127.0.0.1:8080', '[::1]:0', 'localhost:8080', '/tmp/door.sock']) {
      const result = await checkConfig({ settings: { 'api.listen': listen, 'monitor.listen': '*:9464' } })
      assert.deepEqual([result.code, result.stderr], [0, ''], listen)
    }
  })
})

test('of several causes that keep a daemon from starting the first is its exit status', inWorld(async own => {
  furnish(own)
  const taken = await own.startDaemon({ 'monitor.listen': '127.0.0.1:0' })
  const { address } = logLines(taken).find(line => line.event === 'monitor.listening')
  const daemon = await own.startDaemon({ 'api.listen': 'door', 'monitor.listen': address }, { ready: false })
  assert.deepEqual(await daemon.ended, { code: EX_CONFIG, signal: null }, 'wrong settings: systemd does not start it again')
  assert.equal(logLines(daemon).filter(line => line.event === 'daemon.start_failed').length, 1)
}))

// ---- the same through the daemon

test('--check-config says what a daemon would start with: status 78', async () => {
  const name = `d${folders + 1}`
  world.write(`${name}/rules/bad.json`, { ...GOOD_RULE, id: 'bad', riskLevel: 9 })
  const waivers = world.write('check-waivers.json', { waivers: [waiver({ until: 'never' })] })
  const result = await checkConfig({ settings: { 'rules.waivers': waivers } })
  const told = lines(result.stderr)
  assert.equal(told.length, 2, result.stderr)
  assert.ok(told[0].startsWith(`packreportd: ${result.at('rules/bad.json')}: error: this is 9; 1 (high)`), told[0])
  assert.ok(told[1].startsWith(`packreportd: ${waivers}: error: "never" is no time`), told[1])
  assert.equal(result.code, EX_CONFIG)
})

test('a daemon starts with a broken rule, says so, and its report has ERROR for the check item', inWorld(async own => {
  furnish(own, { items: 3 })
  own.write('rules/rules.json', [{ ...rules(3)[0], riskLevel: 9 }, ...rules(3).slice(1)])
  own.write(`inventory/${ACCOUNT}.ndjson`, `${inventory(5)}{"resourceId": 1}\n`)
  const daemon = await own.startDaemon()
  const [problem] = logLines(daemon).filter(line => line.event === 'rules.problem')
  assert.match(problem.problem, /rules\.json: error: this is 9; 1 \(high\), 2 \(medium\) or 3 \(low\) is right \(at \/0\/riskLevel\)/)
  await own.answer(await own.submit({ pack: 'pack-1' }))
  const ended = await own.reportEnds('pack-1')
  assert.equal(ended.ReportStatus, 'COMPLETE')
  assert.deepEqual([ended.complete.summary.error, ended.complete.summary.badLines], [1, 1])
  const report = JSON.parse(fs.readFileSync(path.join(ended.complete.location, 'report.json')))
  assert.deepEqual(outcomes(report), { 'item-1': 'ERROR', 'item-2': 'NON_COMPLIANT', 'item-3': 'NON_COMPLIANT' })
  assert.deepEqual(report.inventory.problems.list.map(one => [one.line, one.message]), [[6, 'resourceId is a number; it has to be a text']])
}))

test('a daemon does not start with accounts or rules that cannot be used: one line, status 78', inWorld(async own => {
  for (const [file, content, says] of [
    ['accounts.json', '{"accounts": [{"AccountId": "x"}]}', /accounts\.json: "x" is no AccountId/],
    ['rules/rules.json', '[', /rules\.json: the JSON is wrong at line 1, column 1/],
  ]) {
    furnish(own)
    own.write(file, content)
    const daemon = await own.startDaemon({ 'log.level': 'warning' }, { ready: false })
    assert.deepEqual(await daemon.ended, { code: EX_CONFIG, signal: null })
    const told = logLines(daemon)
    assert.equal(told.length, 1, daemon.stderr.text)
    assert.equal(told[0].event, 'daemon.start_failed')
    assert.match(told[0].error, says)
  }
}))

test('a pack that is malformed ends its job FAILED, with the mistake', inWorld(async own => {
  furnish(own, { packs: ['pack-1', 'pack-2'] })
  own.write('packs/pack-1.json', changed((_, first) => { delete first.check_items[0].uuid }))
  await own.startDaemon()
  for (const id of ['pack-1', 'pack-2']) await own.answer(await own.submit({ pack: id }))
  const failed = await own.reportEnds('pack-1')
  assert.equal(failed.ReportStatus, 'FAILED')
  assert.match(failed.Message, /"uuid" is missing; it is required \(at \/spec_catalog_vo_list\/0\/check_items\/0\)/)
  assert.equal((await own.reportEnds('pack-2')).ReportStatus, 'COMPLETE')
  await eventually('nothing is left of it', () => own.stagingFolders().length === 0)
}))

test('the tables have at least 60 mistakes', () => {
  const count = [RULES, SPOILT, PACKS, BAD_LINES, WAIVERS, ATTESTATIONS, ACCOUNTS, SETTINGS, INI, ASSIGNMENTS]
    .reduce((sum, table) => sum + table.length, 0)
  assert.ok(count >= 60, `${count}`)
})
