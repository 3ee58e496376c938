// SPDX-License-Identifier: MIT
//
// `packreport rules test`: cases beside the rules, and what they cover.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import path from 'node:path'
import { BUILD, worldOfFile } from './lib/harness.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, NO: 1, BROKEN: 3, USAGE: 64, DATA: 65, NOINPUT: 66 }

const own = worldOfFile()
const run = (args, status) => own.run(PACKREPORT, ['rules', 'test', ...args], { status })
const clause = (featurePath, operator, desired) => ({ featureSource: 'CONFIGURATION', featurePath, operator, desired })
const rule = (id, condition) => ({ id, checkItems: [{ uuid: 'u' }], resourceTypes: ['t'], condition })
const one = (name, id, v, expect, more = {}) => ({ name, rule: id, resource: { configuration: { v } }, expect, ...more })

const RULES = [rule('small', { operator: 'or', children: [clause('$.v', 'Less', 5), clause('$.w', 'IsNotStringEmpty')] }),
  rule('text', clause('$.v', 'StringEquals', 'x'))]
const GOOD = [one('small', 'small', 1, 'COMPLIANT'), one('large', 'small', 9, 'NON_COMPLIANT', { evidence: { configuration: '9' } }),
  one('no number', 'small', 'x', 'INSUFFICIENT_DATA')]

let folders = 0
function folder(files) {
  const name = `f${++folders}`
  for (const [file, content] of Object.entries(files)) own.write(`${name}/${file}`, content)
  return own.path(name)
}

describe('packreport rules test', { concurrency: 2 }, () => {
  test('cases that pass: 0, and a summary', async () => {
    const { stdout, stderr } = await run([folder({ 'a.json': RULES, 'a.test.json': { cases: GOOD } })], EX.OK)
    assert.equal(stderr, '')
    assert.equal(stdout, '3 cases, 3 passed, 0 failed\n' +
      'coverage 50.00 %: 3 of 6 verdicts (3 clauses, each true once and false once); --coverage lists the others\n')
  })

  test('a case that fails: 1, one line with its place', async () => {
    const where = folder({
      'a.json': RULES,
      'a.test.json': '{"cases": [\n' + [one('wrong', 'small', 1, 'NON_COMPLIANT'), one('other', 'text', 'y', 'NON_COMPLIANT',
        { evidence: { property: '$.w' } }), one('unknown', 'smal', 1, 'COMPLIANT')].map(JSON.stringify).join(',\n') + '\n]}\n',
    })
    const { stdout } = await run([where], EX.NO)
    const [first, second, third, summary] = stdout.split('\n')
    assert.equal(first, `${where}/a.test.json:2: small: wrong: expected NON_COMPLIANT, found COMPLIANT`)
    assert.equal(second, `${where}/a.test.json:3: text: other: property: expected "$.w", found "$['v']"`)
    assert.equal(third, `${where}/a.test.json:4: smal: unknown: no rule has the id "smal"; did you mean "small"?`)
    assert.equal(summary, '3 cases, 0 passed, 3 failed')
  })

  test('one rule file, with the cases beside it', async () => {
    const where = folder({ 'a.json': RULES, 'a.test.json': { cases: GOOD }, 'b.json': rule('other', clause('$.v', 'IsEmpty')) })
    assert.match((await run([path.join(where, 'a.json')], EX.OK)).stdout, /^3 cases, 3 passed/)
    assert.match((await run([path.join(where, 'b.json')], EX.NOINPUT)).stderr, /b\.json: there are no cases; those for the rules of x\.json are expected in x\.test\.json/)
  })

  test('--coverage lists clauses with their place and what no case made of them', async () => {
    const where = folder({ 'a.json': JSON.stringify(RULES, null, 2), 'a.test.json': { cases: GOOD } })
    const { stdout } = await run(['--coverage', where], EX.OK)
    assert.deepEqual(stdout.split('\n').slice(0, 2), [
      `${where}/a.json:21:9: small: $.w IsNotStringEmpty: never true`,
      `${where}/a.json:39:5: text: $.v StringEquals x: never judged`,
    ])
  })

  test('--min-coverage', async () => {
    const where = folder({ 'a.json': RULES, 'a.test.json': { cases: GOOD } })
    for (const percent of ['0', '50', '49.99']) await run(['--min-coverage', percent, where], EX.OK)
    const { stdout, stderr } = await run(['--min-coverage', '50.01', where], EX.NO)
    assert.equal(stderr, 'packreport rules test: less is covered than --min-coverage 50.01\n')
    assert.match(stdout, /never judged/)
    for (const percent of ['101', '-1', 'x', '', '50.001', '5.', '100.01']) {
      assert.match((await run(['--min-coverage', percent, where], EX.USAGE)).stderr, /--min-coverage takes a percentage/)
    }
  })

  test('ages are judged at the instant of the case', async () => {
    const where = folder({
      'a.json': rule('young', clause('$.v', 'AgeLess', 10)),
      'a.test.json': { asOf: '2026-11-21', cases: [one('young', 'young', '2026-11-20', 'COMPLIANT'),
        one('old', 'young', '2026-11-20', 'NON_COMPLIANT', { asOf: '2027-01-01' })] },
      'b.json': rule('other', clause('$.v', 'AgeLess', 10)),
      'b.test.json': { cases: [one('no instant', 'other', '2026-11-20', 'INSUFFICIENT_DATA')] },
    })
    assert.match((await run([where], EX.OK)).stdout, /^3 cases, 3 passed/)
  })

  test('a case that is wrong: the others go on, 3', async () => {
    const where = folder({ 'a.json': RULES, 'a.test.json': '{"cases": [\n  {"name": "x", "rule": "small", "resource": {}, "expect": "COMPLAINT"},\n' + JSON.stringify(GOOD[0]) + ']}' })
    const { stdout, stderr } = await run([where], EX.BROKEN)
    assert.match(stderr, /a\.test\.json:2:\d+: error: this is "COMPLAINT"; did you mean "COMPLIANT"\? \(at \/cases\/0\/expect\) \[case\.value\]\n$/)
    assert.match(stdout, /^1 case, 1 passed/)
  })

  test('a file of cases that is none: 3', async () => {
    for (const [text, says] of [['{"cases": ', /a\.test\.json:1:\d+: error: the JSON is wrong/], ['[]', /this holds rules, and a file of this name is for their cases/],
      ['{"case": []}', /did you mean "cases"\?/]]) {
      const { stdout, stderr } = await run([folder({ 'a.json': RULES, 'a.test.json': text, 'b.test.json': { cases: GOOD } })], EX.BROKEN)
      assert.match(stderr, says)
      assert.match(stdout, /^3 cases, 3 passed/)
    }
  })

  test('a broken rule: what is wrong with it, its cases fail, 3', async () => {
    const where = folder({ 'a.json': [...RULES, rule('bad', clause('$.v', 'Lesss', 5))], 'a.test.json': { cases: [...GOOD, one('x', 'bad', 1, 'COMPLIANT')] } })
    const { stdout, stderr } = await run([where], EX.BROKEN)
    assert.match(stderr, /a\.json:1:\d+: error: unknown operator "Lesss"; did you mean "Less"\?/)
    assert.match(stdout, /bad: x: the rule is broken: unknown operator/)
    assert.match(stdout, /4 cases, 3 passed, 1 failed/)
  })

  test('--json', async () => {
    const where = folder({ 'a.json': RULES, 'a.test.json': { cases: [...GOOD, one('wrong', 'text', 'y', 'COMPLIANT')] } })
    const { stdout, stderr } = await run(['--json', where], EX.NO)
    assert.equal(stderr, '')
    const result = JSON.parse(stdout)
    assert.deepEqual(result.cases, { total: 4, passed: 3, failed: 1 })
    assert.equal(result.failures.length, 1)
    const { message, ...failure } = result.failures[0]
    assert.deepEqual(failure, { file: `${where}/a.test.json`, line: 1, pointer: '/cases/3', rule: 'text', name: 'wrong', expected: 'COMPLIANT', found: 'NON_COMPLIANT' })
    assert.match(message, /^expected COMPLIANT, found NON_COMPLIANT/)
    assert.deepEqual([result.coverage.covered, result.coverage.verdicts, result.coverage.percent], [4, 6, 66.67])
    assert.deepEqual(result.coverage.clauses.map(({ rule: id, clause: text, true: t, false: f, unknown: u }) => [id, text, t, f, u]), [
      ['small', '$.v Less 5', true, true, true], ['small', '$.w IsNotStringEmpty', false, true, false], ['text', '$.v StringEquals x', false, true, false]])
    assert.deepEqual(result.problems, [])
  })

  const wrong = [
    [[], EX.USAGE, /PATH is missing/],
    [['a', 'b'], EX.USAGE, /unexpected argument "b"/],
    [[own.path('nowhere')], EX.NOINPUT, /nowhere: No such file/],
  ]
  for (const [args, status, says] of wrong) {
    test(`${args.map(arg => path.basename(arg)).join(' ')}: ${status}`, async () => {
      const { stdout, stderr } = await run(args, status)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    })
  }
})
