// SPDX-License-Identifier: MIT
//
// The seal of a rules folder: `packreport rules seal`, what an evaluation and a daemon make of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, eventually, inWorld, logLines, worldOfFile } from './lib/harness.mjs'
import { furnish, inventory, pack, rules } from './lib/fixtures.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { OK: 0, BROKEN: 3, USAGE: 64, DATA: 65, NOINPUT: 66 }

const own = worldOfFile()
const run = (args, status = EX.OK) => own.run(PACKREPORT, args, { status })
const seal = (folder, status) => run(['rules', 'seal', folder], status)

own.write('pack.json', pack('pack-1'))
own.write('inventory.ndjson', inventory(4))

// A folder of two rule files, sealed.
async function sealed(name) {
  const folder = own.path(name)
  own.write(`${name}/a.json`, rules(3).slice(0, 2))
  own.write(`${name}/b.json`, rules(3)[2])
  own.write(`${name}/a.test.json`, { cases: [] })
  await seal(folder)
  return folder
}

let reports = 0
async function evaluate(folder, status) {
  const out = own.path(`report-${++reports}`)
  const { stderr } = await run(['evaluate', '--pack', own.path('pack.json'), '--rules', folder,
    '--inventory', own.path('inventory.ndjson'), '--out', out, '--quiet'], status)
  const report = JSON.parse(fs.readFileSync(path.join(out, 'report.json')))
  return { stderr, outcomes: Object.fromEntries(report.checkItems.map(item => [item.name, item.outcome])) }
}

describe('packreport rules seal', { concurrency: 2 }, () => {
  test('writes what sha256sum checks; says so when nothing has changed', async () => {
    const folder = await sealed('plain')
    execFileSync('sha256sum', ['--strict', '--quiet', '-c', 'rules.sha256'], { cwd: folder })
    const lines = fs.readFileSync(path.join(folder, 'rules.sha256'), 'utf8').split('\n')
    assert.deepEqual(lines.map(line => line.slice(66)), ['a.json', 'b.json', ''])
    assert.equal((await seal(folder)).stdout, `${folder}/rules.sha256: 2 rule files, unchanged\n`)
    const { stdout } = await run(['rules', 'seal', '--json', folder])
    assert.deepEqual(JSON.parse(stdout), { file: `${folder}/rules.sha256`, ruleFiles: 2, changed: false })
    assert.deepEqual(fs.readdirSync(folder), ['a.json', 'a.test.json', 'b.json', 'rules.sha256'])
  })

  test('as sealed, nothing is said', async () => {
    const { stderr, outcomes } = await evaluate(await sealed('same'), EX.OK)
    assert.equal(stderr, '')
    assert.deepEqual(Object.values(outcomes), ['NON_COMPLIANT', 'NON_COMPLIANT', 'NON_COMPLIANT'])
  })

  test('a file that has changed: ERROR for its check items, status 3', async () => {
    const folder = await sealed('changed')
    fs.appendFileSync(path.join(folder, 'a.json'), '\n')
    const { stderr, outcomes } = await evaluate(folder, EX.BROKEN)
    assert.match(stderr, /changed\/a\.json: error: the file has changed since it was sealed .* \[rules\.seal\.changed\]\n$/)
    assert.equal(stderr.split('\n').length, 2, stderr)
    assert.deepEqual(outcomes, { 'Item 1': 'ERROR', 'Item 2': 'ERROR', 'Item 3': 'NON_COMPLIANT' })
  })

  test('a file that came, and one that went', async () => {
    const folder = await sealed('moved')
    fs.renameSync(path.join(folder, 'b.json'), path.join(folder, 'c.json'))
    const { stderr, outcomes } = await evaluate(folder, EX.BROKEN)
    assert.match(stderr, /c\.json: error: the seal does not list this file.* \[rules\.seal\.unlisted\]/)
    assert.match(stderr, /b\.json: error: the seal lists this file, and it is not there.* \[rules\.seal\.missing\]/)
    assert.equal(outcomes['Item 3'], 'ERROR')
  })

  test('a file that is named by itself is no way around', async () => {
    const folder = await sealed('alone')
    const file = path.join(folder, 'b.json')
    const record = own.write('alone.json', inventory(1).split('\n')[0])
    fs.writeFileSync(file, JSON.stringify(rules(3)[2]).replace('Greater', 'Less'))
    const changed = /alone\/b\.json: error: the file has changed since it was sealed .* \[rules\.seal\.changed\]/
    const { stderr, outcomes } = await evaluate(file, EX.BROKEN)
    assert.match(stderr, changed)
    assert.equal(outcomes['Item 3'], 'ERROR')
    assert.match((await run(['explain', '--rule', file, '--resource', record], EX.BROKEN)).stderr, changed)
    assert.match((await run(['rules', 'check', file], EX.BROKEN)).stdout, /\[rules\.seal\.changed\]/)
    fs.rmSync(path.join(folder, 'rules.sha256'))
    fs.symlinkSync('nothing', path.join(folder, 'rules.sha256'))
    for (const rulesAt of [folder, file]) {
      const { stderr } = await run(['rules', 'check', rulesAt], EX.NOINPUT)
      assert.match(stderr, /rules\.sha256: this seal is a link to a file that is not there/)
    }
  })

  test('cases may change under a seal', async () => {
    const folder = await sealed('cases')
    fs.writeFileSync(path.join(folder, 'a.test.json'), 'not even JSON')
    fs.writeFileSync(path.join(folder, 'b.test.json'), '{}')
    assert.equal((await evaluate(folder, EX.OK)).stderr, '')
  })

  test('what cannot be sealed', async () => {
    fs.mkdirSync(own.path('empty'))
    assert.match((await seal(own.path('empty'), EX.DATA)).stderr, /^packreport rules seal: .*empty: holds no \*\.json files/)
    assert.match((await seal(own.path('pack.json'), EX.DATA)).stderr, /is a file; the folder that it lies in/)
    assert.match((await seal(own.path('nowhere'), EX.NOINPUT)).stderr, /nowhere: No such file/)
    assert.match((await run(['rules', 'seal'], EX.USAGE)).stderr, /^packreport rules seal: FOLDER is missing/)
    assert.match((await run(['rules', 'seal', 'a', 'b'], EX.USAGE)).stderr, /unexpected argument "b"/)
  })
})

describe('packreport rules', () => {
  test('lists its commands', async () => {
    const help = await run(['rules', '--help'])
    assert.match(help.stdout, /^Usage: packreport rules COMMAND/)
    assert.match(help.stdout, /^ {2}seal {7}/m)
    assert.equal((await run(['rules', 'help'])).stdout, help.stdout)
    const none = await run(['rules'], EX.USAGE)
    assert.equal(none.stdout, '')
    assert.equal(none.stderr, help.stdout)
  })

  test('refuses what is no command', async () => {
    assert.equal((await run(['rules', 'sela'], EX.USAGE)).stderr, 'packreport rules: "sela" is no command; did you mean "seal"?\n')
    assert.equal((await run(['rules', 'xyz'], EX.USAGE)).stderr, 'packreport rules: "xyz" is no command; `packreport rules --help` lists them\n')
  })
})

test('a daemon holds the rules against their seal, at each reload', inWorld(async world => {
  furnish(world)
  await world.run(PACKREPORT, ['rules', 'seal', world.path('rules')])
  const daemon = await world.startDaemon()
  assert.deepEqual(logLines(daemon).filter(line => line.event === 'rules.problem'), [])
  fs.appendFileSync(world.path('rules/rules.json'), ' ')
  daemon.kill('SIGHUP')
  const problem = await eventually('the reload names the file', () => logLines(daemon).find(line => line.event === 'rules.problem'))
  assert.equal(problem.level, 'error')
  assert.match(problem.problem, /rules\.json: error: the file has changed since it was sealed/)
  await world.submit({ pack: 'pack-1' })
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  assert.equal(report.complete.summary.error, 3)
  assert.equal(report.complete.summary.compliant, 0)
  const check = await world.run(path.join(BUILD, 'packreportd'), ['--config', daemon.config, '--check-config'], { status: 78 })
  assert.match(check.stderr + check.stdout, /rules\.seal\.changed/)
}))
