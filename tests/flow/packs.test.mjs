// SPDX-License-Identifier: MIT
//
// Several packs from one reading of the inventory, and reports that list failing findings only.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, SHARE, inWorld } from './lib/harness.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const PACK = JSON.parse(fs.readFileSync(path.join(SHARE, 'packs', fs.readdirSync(path.join(SHARE, 'packs'))[0])))
const FILES = ['findings.ndjson', 'manifest.json', 'report.csv', 'report.json', 'summary.txt']

// A pack with some of the check items of the sample pack, under a uuid of its own.
function part(uuid, keeps) {
  let count = 0
  const catalogs = PACK.spec_catalog_vo_list.map(catalog => ({ ...catalog,
    parent: catalog.parent === PACK.uuid ? uuid : catalog.parent, root: uuid,
    check_items: (catalog.check_items ?? []).filter(() => keeps(count++)) }))
  return { ...PACK, uuid, name: uuid, spec_catalog_vo_list: catalogs }
}

const PARTS = [part('one', n => n % 2 === 0), part('two', n => n % 3 !== 0), part('none', () => false), part('all', () => true)]

function furnish(world) {
  world.write('inventory.ndjson', execFileSync(path.join(SHARE, 'generate-inventory'), ['900']) + 'bad line\n')
  world.write('waivers.json', { waivers: [{ id: 'wide', rule: '*', resource: '*1', reason: 'test', approver: 'role', until: '2027-01-01' }] })
  for (const pack of PARTS) world.write(`${pack.uuid}.json`, JSON.stringify(pack))
}

function evaluate(world, packs, out, options = [], status = 0) {
  return world.run(PACKREPORT, ['evaluate', ...packs.flatMap(name => ['--pack', world.path(`${name}.json`)]),
    '--rules', path.join(SHARE, 'rules'), '--waivers', world.path('waivers.json'),
    '--attestations', path.join(SHARE, 'attestations.json'), '--inventory', world.path('inventory.ndjson'),
    '--as-of', '2026-11-21', '--out', world.path(out), ...options], { status })
}

// What does not tell two runs apart.
function read(folder, name) {
  const text = fs.readFileSync(path.join(folder, name), 'utf8')
  if (name === 'report.json') return JSON.stringify({ ...JSON.parse(text), run: null })
  if (name === 'summary.txt') return text.replace(/^Report .*$/m, '')
  if (name === 'manifest.json') return JSON.parse(text).files.map(file => file.name)
  return text
}

describe('several packs', () => {
  test('each has the report that it has alone', inWorld(async world => {
    furnish(world)
    await evaluate(world, PARTS.map(pack => pack.uuid), 'together', ['--threads', '2', '--block', '65536'])
    assert.deepEqual(fs.readdirSync(world.path('together')).sort(), PARTS.map(pack => pack.uuid).sort())
    for (const { uuid } of PARTS) {
      await evaluate(world, [uuid], `alone-${uuid}`)
      assert.deepEqual(fs.readdirSync(world.path(`together/${uuid}`)).sort(), FILES)
      for (const name of FILES) {
        assert.deepEqual(read(world.path(`together/${uuid}`), name), read(world.path(`alone-${uuid}`), name), `${uuid} ${name}`)
      }
    }
    // Of both packs, one of which is written first: each check item that is not right has a row, the others have none.
    for (const { uuid } of PARTS) {
      const csv = read(world.path(`together/${uuid}`), 'report.csv')
      const items = JSON.parse(fs.readFileSync(world.path(`together/${uuid}/report.json`))).checkItems
      for (const item of items) assert.equal(csv.includes(item.uuid), !['COMPLIANT', 'NOT_APPLICABLE'].includes(item.outcome), `${uuid}: ${item.name} is ${item.outcome}`)
    }
    const excused = uuid => JSON.parse(fs.readFileSync(world.path(`together/${uuid}/report.json`))).waivers
      .reduce((sum, waiver) => sum + waiver.findingsExcused, 0)
    assert.ok(excused('all') > excused('two') && excused('two') > 0, 'waivers are counted for each pack')
  }))

  test('what is wrong with the input is said once; a summary for each', inWorld(async world => {
    furnish(world)
    const { stdout, stderr } = await evaluate(world, ['one', 'two'], 'out')
    assert.equal(stderr.split('bad line').length + stderr.split('no valid JSON').length, 3, stderr)
    const lines = stderr.split('\n').filter(line => line !== '')
    assert.equal(new Set(lines).size, lines.length, stderr)
    assert.ok(!stderr.includes('pack one; it does not run') || stderr.includes('pack two'), 'a rule of one of them is bound')
    for (const name of ['one', 'two']) assert.match(stdout, new RegExp(`^report files: .*/out/${name}$`, 'm'))
    const json = JSON.parse((await evaluate(world, ['one', 'two'], 'out2', ['--json'])).stdout)
    assert.equal(json.length, 2)
    assert.ok(json[0].checkItems < json[1].checkItems)
  }))

  test('the exit status is that of the worst', inWorld(async world => {
    furnish(world)
    await evaluate(world, ['none', 'all'], 'out', ['--fail-on', 'high'], 2)
    await evaluate(world, ['none'], 'out2', ['--fail-on', 'high'], 0)
  }))

  test('of one uuid, or of one that names no folder, are refused', inWorld(async world => {
    furnish(world)
    const twice = await evaluate(world, ['one', 'one'], 'out', [], 65)
    assert.match(twice.stderr, /two packs have the uuid one\n$/)
    world.write('odd.json', JSON.stringify(part('../up', () => true)))
    const odd = await evaluate(world, ['one', 'odd'], 'out', [], 65)
    assert.match(odd.stderr, /the uuid of one of several packs has to be .* and not "\.\.\/up"\n$/)
    await evaluate(world, ['odd'], 'out')
  }))
})

describe('--findings failing', () => {
  test('leaves out what is COMPLIANT, and nothing else', inWorld(async world => {
    furnish(world)
    await evaluate(world, ['all'], 'whole')
    await evaluate(world, ['all'], 'failing', ['--findings', 'failing', '--threads', '2'])
    const lines = read(world.path('whole'), 'findings.ndjson').split('\n').filter(line => !line.startsWith('{"outcome":"COMPLIANT"'))
    assert.equal(read(world.path('failing'), 'findings.ndjson'), lines.join('\n'))
    assert.ok(lines.length < read(world.path('whole'), 'findings.ndjson').split('\n').length)
    assert.equal(read(world.path('failing'), 'report.csv'), read(world.path('whole'), 'report.csv'))
    const [whole, failing] = ['whole', 'failing'].map(name => JSON.parse(read(world.path(name), 'report.json')))
    assert.deepEqual([whole.findingsListed, failing.findingsListed], ['all', 'failing'])
    assert.deepEqual({ ...failing, findingsListed: 'all' }, whole)
  }))

  test('its scores can be recomputed all the same', inWorld(async world => {
    furnish(world)
    await evaluate(world, ['all'], 'failing', ['--findings', 'failing'])
    const script = fs.readFileSync(path.join(SHARE, '../docs/report.md'), 'utf8').match(/```js\n([^]*?)```/)[1]
    const { stdout } = await world.run(process.execPath, [world.write('recompute.mjs', script), world.path('failing')])
    assert.match(stdout, /^byCount: \d+ of \d+\n/)
    assert.doesNotMatch(stdout, /but the report says/)
  }))

  test('of a daemon', inWorld(async world => {
    furnish(world)
    world.write(`inventory/${ACCOUNT}.ndjson`, fs.readFileSync(world.path('inventory.ndjson')))
    world.write('packs/all.json', JSON.stringify(part('all', () => true)))
    world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }] })
    await world.startDaemon({ 'source.packs': world.path('packs'), 'rules.path': path.join(SHARE, 'rules'), 'store.findings': 'failing' })
    const answer = await world.answer(await world.submit({ pack: 'all' }))
    const ended = await world.reportEnds('all', { reportId: answer.ReportId })
    const report = JSON.parse(read(ended.complete.location, 'report.json'))
    assert.equal(report.findingsListed, 'failing')
    assert.ok(report.summary.findingCounts.COMPLIANT > 0)
    assert.ok(!read(ended.complete.location, 'findings.ndjson').includes('"COMPLIANT"'))
  }))
})
