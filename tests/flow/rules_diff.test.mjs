// SPDX-License-Identifier: MIT
//
// `packreport rules diff`: which findings a change of rules changes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { BUILD, worldOfFile } from './lib/harness.mjs'
import { inventory, pack, rules } from './lib/fixtures.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, NO: 1, BROKEN: 3, USAGE: 64, DATA: 65, NOINPUT: 66 }

const own = worldOfFile()
const run = (args, status, options) => own.run(PACKREPORT, ['rules', 'diff', ...args], { status, ...options })

const BEFORE = own.write('before.json', rules(3)) // rule-n wants Size > n
const INVENTORY = own.write('inventory.ndjson', inventory(10)) // Size 0 to 9
const wanting = (rule, more) => ({ ...rule, condition: { ...rule.condition, children: [{ ...rule.condition.children[0], desired: String(more) }] } })
const [one, two, three] = rules(3)
const AFTER = own.write('after.json', [wanting(one, 3), three, { ...three, id: 'rule-4' }])
const on = (...more) => ['--inventory', INVENTORY, ...more]

describe('packreport rules diff', { concurrency: 2 }, () => {
  test('the same rules: 0', async () => {
    const { stdout } = await run([BEFORE, BEFORE, ...on()], EX.OK)
    assert.equal(stdout, '0 findings change of 10 records: 0 new, 0 gone, 0 with another outcome\n')
  })

  test('changes in input order, then a sum for each rule: 1', async () => {
    const { stdout, stderr } = await run([BEFORE, AFTER, ...on()], EX.NO)
    assert.equal(stderr, '')
    const lines = stdout.split('\n')
    assert.deepEqual(lines.slice(0, 2), ['line 1: rule-2: vol-0: NON_COMPLIANT -> none', 'line 1: rule-4: vol-0: none -> NON_COMPLIANT'])
    assert.ok(lines.includes('line 3: rule-1: vol-2: COMPLIANT -> NON_COMPLIANT'))
    assert.equal(lines.filter(line => line.startsWith('line ')).length, 22)
    assert.deepEqual(lines.slice(22), ['',
      'rule                                  new     gone  changed',
      'rule-1                                  0        0        2  2 COMPLIANT -> NON_COMPLIANT',
      'rule-2                                  0       10        0  7 COMPLIANT -> none, 3 NON_COMPLIANT -> none; rule removed',
      'rule-4                                 10        0        0  6 none -> COMPLIANT, 4 none -> NON_COMPLIANT; new rule',
      '', '22 findings change of 10 records: 10 new, 10 gone, 2 with another outcome', ''])
  })

  test('--json', async () => {
    const { changes, changesLeftOut, rules: byRule, totals, records, badLines } = JSON.parse((await run([BEFORE, AFTER, ...on('--json')], EX.NO)).stdout)
    assert.equal(changes.length, 22)
    assert.deepEqual(changes[0], { line: 1, rule: 'rule-2', resourceId: 'vol-0', resourceType: 'evs.volumes', from: 'NON_COMPLIANT', to: null })
    assert.deepEqual([changesLeftOut, totals, records, badLines], [0, { new: 10, gone: 10, changed: 2 }, 10, 0])
    assert.deepEqual(byRule[0], { rule: 'rule-1', isNew: false, isRemoved: false, wasBroken: false, isBroken: false, new: 0, gone: 0, changed: 2,
      moves: [{ from: 'COMPLIANT', to: 'NON_COMPLIANT', count: 2 }] })
    assert.deepEqual(JSON.parse((await run([BEFORE, BEFORE, ...on('--json')], EX.OK)).stdout).changes, [])
  })

  test('many changes: the first hundred, or --all', async () => {
    const large = own.write('large.ndjson', inventory(60))
    const empty = own.write('other.json', { ...one, id: 'other' })
    for (const [more, listed] of [[[], 100], [['--all'], 240]]) {
      const { stdout } = await run([BEFORE, empty, '--inventory', large, ...more], EX.NO)
      assert.equal(stdout.split('\n').filter(line => line.startsWith('line ')).length, listed)
      assert.equal(/^… and 140 more; --all lists them$/m.test(stdout), listed === 100)
      assert.match(stdout, /^240 findings change of 60 records: 60 new, 180 gone/m)
      const json = JSON.parse((await run([BEFORE, empty, '--inventory', large, '--json', ...more], EX.NO)).stdout)
      assert.deepEqual([json.changes.length, json.changesLeftOut], [listed, 240 - listed])
    }
  })

  test('only rules that the pack uses', async () => {
    const file = own.write('pack.json', pack('pack-1', 1)) // item-1 alone, which is rule-1's
    const { stdout } = await run([BEFORE, AFTER, ...on('--pack', file)], EX.NO)
    assert.match(stdout, /^2 findings change of 10 records: 0 new, 0 gone, 2 with another outcome$/m)
    assert.doesNotMatch(stdout, /rule-[24]/)
  })

  test('a pipe, gzip, and bad lines', async () => {
    const gz = own.write('inventory.ndjson.gz', gzipSync(`no record\n${inventory(3)}`))
    const { stdout, stderr } = await run([BEFORE, AFTER, '--inventory', gz, '--json'], EX.NO)
    assert.match(stderr, /inventory\.ndjson\.gz:1: error: no valid JSON/)
    assert.deepEqual([JSON.parse(stdout).records, JSON.parse(stdout).badLines], [3, 1])
    const piped = await run([BEFORE, AFTER, '--inventory', '-'], EX.NO, { input: inventory(3) })
    assert.match(piped.stdout, /of 3 records/)
  })

  test('an empty folder before: the first rules', async () => {
    fs.mkdirSync(own.path('nothing'))
    const { stdout } = await run([own.path('nothing'), AFTER, ...on()], EX.NO)
    assert.match(stdout, /findings change of 10 records: \d+ new, 0 gone, 0 with another outcome$/m)
    assert.match((await run([BEFORE, own.path('nothing'), ...on()], 65)).stderr, /holds no \*\.json files with rules/)
  })

  test('a rule that breaks: 3; one that was broken and is mended: 1', async () => {
    const broken = own.write('broken.json', [wanting(one, 'x'), two, three])
    const now = await run([BEFORE, broken, ...on()], EX.BROKEN)
    assert.match(now.stderr, /broken\.json:1:\d+: error: desired of Greater has "x"/)
    assert.match(now.stdout, /^rule-1 +0 +10 +0 {2}8 COMPLIANT -> none, 2 NON_COMPLIANT -> none; broken now$/m)
    const before = await run([broken, BEFORE, ...on()], EX.NO)
    assert.match(before.stdout, /^rule-1 +10 +0 +0 .*; broken before$/m)
  })

  test('ages are judged at --as-of', async () => {
    const rule = desired => ({ ...one, condition: { featureSource: 'CONFIGURATION', featurePath: '$.at', operator: 'AgeLess', desired } })
    const old = own.write('ten.json', rule(10))
    const young = own.write('twenty.json', rule(20))
    const record = own.write('one.ndjson', JSON.stringify({ resourceType: 'evs.volumes', resourceId: 'v', configuration: { at: '2026-11-01' } }))
    await run([old, young, '--inventory', record, '--as-of', '2026-11-05'], EX.OK)
    assert.match((await run([old, young, '--inventory', record, '--as-of', '2026-11-16'], EX.NO)).stdout, /NON_COMPLIANT -> COMPLIANT/)
  })

  // It agrees with two evaluations.
  test('says what the findings of two evaluations say', async () => {
    const file = own.write('whole-pack.json', pack('pack-1', 3))
    const found = []
    for (const [name, ruleFile] of [['a', BEFORE], ['b', AFTER]]) {
      const out = own.path(`out-${name}`)
      await own.run(PACKREPORT, ['evaluate', '--pack', file, '--rules', ruleFile, '--inventory', INVENTORY, '--out', out, '--quiet'])
      found.push(new Map(fs.readFileSync(path.join(out, 'findings.ndjson'), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
        .map(finding => [`${finding.line} ${finding.ruleId}`, finding.outcome])))
    }
    const wanted = [...new Set([...found[0].keys(), ...found[1].keys()])].filter(key => found[0].get(key) !== found[1].get(key))
      .map(key => `${key} ${found[0].get(key) ?? null} ${found[1].get(key) ?? null}`)
    const { changes } = JSON.parse((await run([BEFORE, AFTER, ...on('--json', '--pack', file)], EX.NO)).stdout)
    assert.deepEqual(changes.map(change => `${change.line} ${change.rule} ${change.from} ${change.to}`).sort(), wanted.sort())
  })

  const wrong = [
    [[], EX.USAGE, /BEFORE and AFTER are required/],
    [[BEFORE], EX.USAGE, /BEFORE and AFTER are required/],
    [[BEFORE, AFTER], EX.USAGE, /--inventory is required/],
    [[BEFORE, AFTER, 'c', ...on()], EX.USAGE, /unexpected argument "c"; two rule sets are compared/],
    [[BEFORE, own.path('nowhere'), ...on()], EX.NOINPUT, /rules: .*nowhere: No such file/],
    [[BEFORE, AFTER, '--inventory', own.path('nowhere')], EX.NOINPUT, /inventory: .*nowhere: No such file/],
    [[BEFORE, AFTER, ...on('--pack', BEFORE)], EX.DATA, /pack: .*before\.json: this is an array/],
    [[INVENTORY, AFTER, ...on()], EX.DATA, /rules: .*inventory\.ndjson: the JSON is wrong/],
  ]
  for (const [args, status, says] of wrong) {
    test(`${args.map(arg => path.basename(arg)).join(' ')}: ${status}`, async () => {
      const { stdout, stderr } = await run(args, status)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    })
  }
})
