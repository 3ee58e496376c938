// SPDX-License-Identifier: MIT
//
// packreport count: the numbers of a report, without the report.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, SHARE, inWorld } from './lib/harness.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const PACK = path.join(SHARE, 'packs', fs.readdirSync(path.join(SHARE, 'packs'))[0])

function furnish(world) {
  const inventory = execFileSync(path.join(SHARE, 'generate-inventory'), ['900']).toString()
  world.write('inventory.ndjson', `${inventory}no JSON\n\n`)
  execFileSync('gzip', ['-k', world.path('inventory.ndjson')])
  world.write('waivers.json', { waivers: [{ id: 'wide', rule: '*', resource: '*1', reason: 'test', approver: 'role', until: '2027-01-01' }] })
}

function common(world, inventory) {
  return ['--rules', path.join(SHARE, 'rules'), '--waivers', world.path('waivers.json'), '--inventory', inventory, '--as-of', '2026-11-21']
}

function count(world, inventory, options = [], how = {}) {
  return world.run(PACKREPORT, ['count', ...common(world, inventory), ...options], how)
}

describe('count', () => {
  test('says what a report says, for any form of inventory and any number of threads', inWorld(async world => {
    furnish(world)
    await world.run(PACKREPORT, ['evaluate', '--pack', PACK, '--out', world.path('out'), ...common(world, world.path('inventory.ndjson'))], { status: 0 })
    const report = JSON.parse(fs.readFileSync(world.path('out/report.json')))
    const wanted = report.rules.map(({ id, findingCounts }) => [id, findingCounts.COMPLIANT, findingCounts.NON_COMPLIANT,
      findingCounts.IGNORED, findingCounts.INSUFFICIENT_DATA, findingCounts.NOT_APPLICABLE].map(number => number ?? 0))
    for (const [name, threads] of [['inventory.ndjson', '1'], ['inventory.ndjson', '3'], ['inventory.ndjson.gz', '2']]) {
      const { stdout } = await count(world, world.path(name), ['--json', '--threads', threads], { status: 0 })
      const got = JSON.parse(stdout)
      assert.deepEqual(got.rules.map(({ id, findingCounts: of }) => [id, of.COMPLIANT, of.NON_COMPLIANT, of.IGNORED,
        of.INSUFFICIENT_DATA, of.NOT_APPLICABLE]), wanted)
      assert.deepEqual(got.inventory, { records: 900, badLines: 1, blankLines: 1, bytes: fs.statSync(world.path(name)).size })
    }
    assert.ok(wanted.some(([, , failed, ignored]) => failed > 0 && ignored > 0))
  }))

  test('prints a table, and what is wrong with the inventory', inWorld(async world => {
    furnish(world)
    const { stdout, stderr } = await count(world, world.path('inventory.ndjson'), [], { status: 0 })
    const lines = stdout.trimEnd().split('\n')
    assert.match(lines[0], /^rule +COMPLIANT +NON_COMPLIANT +IGNORED +INSUFFICIENT_DATA +NOT_APPLICABLE$/)
    assert.equal(new Set(lines.slice(0, -2).map(line => line.length)).size, 1, 'columns are in line')
    assert.equal(lines.at(-1), '900 resources, 1 bad lines')
    assert.match(stderr, /inventory\.ndjson:901/)
  }))

  test('a broken rule counts nothing and shows in the exit status', inWorld(async world => {
    furnish(world)
    const rule = { id: 'good', name: 'Good', riskLevel: 1, checkItems: [{ name: 'x' }], resourceTypes: ['huawei.ecs'],
      condition: { featurePath: '$.a', featureSource: 'CONFIGURATION', operator: 'StringEquals', desired: 'b' } }
    world.write('rules.json', [rule, { ...rule, id: 'bad', condition: { ...rule.condition, operator: 'Nonsense' } }])
    const { stdout, stderr } = await world.run(PACKREPORT,
      ['count', '--rules', world.path('rules.json'), '--inventory', world.path('inventory.ndjson')], { status: 3 })
    assert.match(stdout, /^bad +broken$/m)
    assert.match(stderr, /Nonsense/)
  }))

  test('a wrong use is refused', inWorld(async world => {
    furnish(world)
    const missing = await world.run(PACKREPORT, ['count', '--rules', path.join(SHARE, 'rules')], { status: 64 })
    assert.match(missing.stderr, /--inventory is required/)
    const threads = await count(world, world.path('inventory.ndjson'), ['--threads', '0'], { status: 64 })
    assert.match(threads.stderr, /--threads takes a whole number from 1 to 64, not "0"/)
    const absent = await count(world, world.path('nothing'), [], { status: 66 })
    assert.match(absent.stderr, /nothing: No such file/)
  }))
})
