// SPDX-License-Identifier: MIT
//
// Paths from outside: `packreport jsonpath`, and a rule whose path has a filter.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, worldOfFile } from './lib/harness.mjs'
import { itemId, pack } from './lib/fixtures.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, USAGE: 64, DATA: 65 }

const own = worldOfFile()
const run = (args, options) => own.run(PACKREPORT, args, { status: null, ...options })
const select = (args, document, status = EX.OK) => run(['jsonpath', ...args], { status, input: document })

const RECORD = JSON.stringify({
  rules: [{ id: 1, port: 22, from: '0.0.0.0/0' }, { id: 2, port: 22, from: '10.0.0.0/8' }, { id: 3, port: 443, from: '0.0.0.0/0' }],
  'cost-center': 'x', "it's": { ratio: 0.1, big: 'BIG', e: 'é\u0001' },
}).replace('"BIG"', '9007199254740993') // more digits than JavaScript keeps

describe('packreport jsonpath', { concurrency: 2 }, () => {
  const found = [
    [['$.rules[?@.port==22 && @.from=="0.0.0.0/0"].id'], '[1]\n'],
    [['$.nothing'], '[]\n'],
    [['$["it\'s"]'], '[{"ratio":0.1,"big":9007199254740993,"e":"é\\u0001"}]\n'],
    [['$..[?@==9007199254740992]'], '[]\n'],
    [['$.rules[?search(@.from, "^10[.]")].id'], '[2]\n'],
    [['--paths', '$.rules[?@.port>22].from'], '["$[\'rules\'][2][\'from\']"]\n'],
    [['--paths', '$["it\'s"].e'], '["$[\'it\\\\\'s\'][\'e\']"]\n'],
    [['--lenient', '$.rules[(@.length-1)].id'], '[3]\n'],
    [['--lenient', '$.cost-center'], '["x"]\n'],
    [['--json', '$.rules[0].port'], '[22]\n'],
    [['--pretty', '$.rules[:1]'], '[\n  {\n    "id": 1,\n    "port": 22,\n    "from": "0.0.0.0/0"\n  }\n]\n'],
  ]
  for (const [args, output] of found) {
    test(args.join(' '), async () => {
      const { stdout, stderr } = await select(args, RECORD)
      assert.equal(stdout, output)
      assert.equal(stderr, '')
    })
  }

  test('numbers are printed as they stand in the document', async () => {
    const numbers = '1.10,123456789012345678901.10,-0,5.0,1E2,1e400,18446744073709551617'
    assert.equal((await select(['$[*]'], `[${numbers.replaceAll(',', ' , ')}]`)).stdout, `[${numbers}]\n`)
  })

  test('any JSON value is a document', async () => {
    for (const document of ['7', '"x"', 'null', '[]', ' {} \n']) {
      assert.deepEqual(JSON.parse((await select(['$'], document)).stdout), [JSON.parse(document)])
    }
  })

  test('a selector that is wrong: 65, and a mark under the place', async () => {
    const { stdout, stderr } = await select(['$.é[?@.port=22]'], RECORD, EX.DATA)
    assert.equal(stdout, '')
    assert.equal(stderr, 'packreport jsonpath: selector: position 13: expected "," or "]", found "="; equality is written ==\n' +
      '  $.é[?@.port=22]\n' + `  ${' '.repeat(11)}^\n`)
  })

  test('the older spellings are wrong without --lenient', async () => {
    assert.match((await select(['$.cost-center'], RECORD, EX.DATA)).stderr, /position 7: expected "\." or "\[", found "-"/)
  })

  test('a pattern that is none: a warning', async () => {
    const { stdout, stderr } = await select(["$.rules[?match(@.from, '[')]"], RECORD)
    assert.equal(stdout, '[]\n')
    assert.match(stderr, /^packreport jsonpath: warning: selector: position 10: the pattern of match\(\) is no I-Regexp/)
  })

  test('a byte order mark in front of the document', async () => {
    assert.equal((await select(['$.a'], '\ufeff{"a":1}')).stdout, '[1]\n')
  })

  test('a document that is wrong: 65, and where', async () => {
    for (const [document, says] of [
      ['', /standard input: no valid JSON/],
      ['{"a":1', /standard input: no valid JSON: it ends in the middle, near byte 6/],
      ['{"a":1,"a":2}', /a member that is there twice/],
      ['[1] 2', /something follows the JSON value/],
      ['['.repeat(200), /nested more than 128 levels deep at byte 129/],
    ]) {
      const { stdout, stderr } = await select(['$'], document, EX.DATA)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    }
  })

  test('work without end: 65', async () => {
    const document = JSON.stringify(Array.from({ length: 1000 }, (_, n) => n))
    assert.match((await select(['$[?$[?$[?@<0]]]'], document, EX.DATA)).stderr, /the path looks at more than 10000000 nodes/)
  })

  test('wrong usage: 64', async () => {
    for (const [args, says] of [
      [[], /SELECTOR is missing/],
      [['$', '$'], /unexpected argument "\$"; quote the selector for the shell/],
      [['--path', 'x', '--bogus'], /unrecognized option '--bogus'/],
    ]) {
      const { stdout, stderr } = await select(args, '{}', EX.USAGE)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    }
  })
})

test('a rule with a filter says that members of the same element go together', async () => {
  const rule = {
    id: 'ssh', name: 'No SSH from everywhere', riskLevel: 1, checkItems: [{ uuid: itemId(1) }], resourceTypes: ['vpc.groups'],
    condition: {
      featureSource: 'CONFIGURATION', featurePath: "$.rules[?@.port==22 && @.from=='0.0.0.0/0']", operator: 'IsEmpty',
    },
  }
  const record = (resourceId, rules) => JSON.stringify({
    resourceType: 'vpc.groups', resourceId, resourceName: resourceId, regionId: 'region-1', accountId: ACCOUNT, tags: {}, configuration: { rules },
  })
  const files = {
    pack: own.write('filter/pack.json', pack('p', 1)), rules: own.write('filter/rules.json', [rule]),
    inventory: own.write('filter/inventory.ndjson', [
      record('open', [{ port: 80, from: '10.0.0.0/8' }, { port: 22, from: '0.0.0.0/0' }]),
      record('shut', [{ port: 22, from: '10.0.0.0/8' }, { port: 80, from: '0.0.0.0/0' }]),
    ].join('\n') + '\n'),
    out: own.path('filter/report'),
  }
  await run(['evaluate', '--quiet', ...Object.entries(files).flatMap(([name, file]) => [`--${name}`, file])], { status: EX.OK })
  const findings = fs.readFileSync(path.join(files.out, 'findings.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line))
  const outcomes = Object.fromEntries(findings.map(finding => [finding.resourceId, finding]))
  assert.equal(outcomes.open.outcome, 'NON_COMPLIANT')
  assert.match(JSON.stringify(outcomes.open), /\$\['rules'\]\[1\]/, 'the evidence says which rule')
  assert.ok(!outcomes.shut || outcomes.shut.outcome === 'COMPLIANT')
})
