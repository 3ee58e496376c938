// SPDX-License-Identifier: MIT
//
// Resources that stand in an inventory more than once: both are judged, each one behind the first is counted and listed, and they
// count as bad records; the same with any number of threads, in blocks of any size, in every format.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { ACCOUNT, BUILD, inWorld, worldOfFile } from './lib/harness.mjs'
import { furnish, pack, rules } from './lib/fixtures.mjs'

const own = worldOfFile()
const PACKREPORT = path.join(BUILD, 'packreport')
own.write('pack.json', pack('pack-1'))
own.write('rules.json', rules())

const record = (id, more = {}) => ({ resourceType: 'evs.volumes', resourceId: id, accountId: ACCOUNT, configuration: { Size: 2 }, ...more })
const lines = records => records.map(one => typeof one === 'string' ? `${one}\n` : `${JSON.stringify(one)}\n`).join('')

let runs = 0
async function evaluate(inventory, args = [], status = 0) {
  const name = `run-${++runs}`
  const file = own.write(`${name}.inventory`, inventory)
  const out = own.path(name)
  const result = await own.run(PACKREPORT, ['evaluate', '--pack', own.path('pack.json'), '--rules', own.path('rules.json'), '--inventory', file,
    '--out', out, '--as-of', '2026-11-21', ...args], { status })
  const read = name => fs.existsSync(out) ? fs.readFileSync(path.join(out, name), 'utf8') : null
  return { ...result, out, file, read, report: JSON.parse(read('report.json')), findings: read('findings.ndjson')?.trimEnd().split('\n') }
}
const problems = ({ report }) => report.inventory.problems.list.map(one => [one.line, one.code, one.message])
const says = (first, at, offset) => `the same resource as in line ${first}: the records at offsets ${at} and ${offset} have one accountId, ` +
  'resourceType and resourceId; each may stand there once'

test('the second and the third are judged, counted and listed; the report is made', async () => {
  const records = [record('a'), record('b'), '', record('a', { resourceName: 'again' }), '{', record('c'), record('a', { resourceType: 'EVS.Volumes' })]
  const text = lines(records)
  const offset = n => Buffer.byteLength(lines(records.slice(0, n)))
  const result = await evaluate(text)
  const { problems: found, ...inventory } = result.report.inventory
  assert.deepEqual(inventory, { records: 5, badLines: 1, duplicates: 2, blankLines: 1, bytes: Buffer.byteLength(text) })
  assert.equal(found.errors, 3)
  assert.deepEqual(problems(result), [
    [4, 'inventory.record.duplicate', says(1, 0, offset(3))],
    [5, 'inventory.record', result.report.inventory.problems.list[1].message],
    [7, 'inventory.record.duplicate', says(1, 0, offset(6))],
  ], 'among the bad lines, in their order')
  assert.ok(found.list.every(one => one.severity === 'error'))
  const of = id => result.findings.map(line => JSON.parse(line)).filter(one => one.resourceId === id && one.ruleId === 'rule-1')
  assert.deepEqual(of('a').map(one => one.line), [1, 4, 7], 'each has its findings')
  assert.match(result.stdout, /^Inventory 5 records, 1 bad line, 2 duplicates$/m)
  assert.match(result.stderr, /^.*run-1\.inventory:4: error: the same resource as in line 1: .* \[inventory\.record\.duplicate\]$/m)
  const json = await evaluate(text, ['--json'])
  assert.deepEqual([JSON.parse(json.stdout).duplicates, JSON.parse(json.stdout).badLines, JSON.parse(json.stdout).resources], [2, 1, 5])
})

test('another account, type or id is another resource', async () => {
  const { report } = await evaluate(lines([record('a'), record('a', { accountId: '2' }), record('a', { accountId: undefined }),
    record('a', { resourceType: 'evs.disks' }), record('A'), record('a ')]))
  assert.deepEqual([report.inventory.records, report.inventory.duplicates, report.inventory.problems.errors], [6, 0, 0])
  const { report: without } = await evaluate(lines([record('a', { accountId: undefined }), record('a', { accountId: '' })]))
  assert.equal(without.inventory.duplicates, 1, 'no account and an empty one are the same')
})

test('in arrays, pages and snapshots, on one line and laid out', async () => {
  const list = [record('a'), record('b'), record('a')]
  const rms = list.map(({ resourceId, configuration }) => ({ id: resourceId, provider: 'evs', type: 'volumes', properties: configuration }))
  const aws = list.map(({ accountId, ...rest }) => ({ ...rest, awsAccountId: accountId, awsRegion: 'r' }))
  const offsets = text => [...text.matchAll(/\{\s*"(resourceType|id)"/g)].map(match => match.index)
  for (const [text, first, line] of [
    [JSON.stringify(list), 1, 1],
    [JSON.stringify(list, null, 2), 2, 18],
    [lines([{ resources: rms.slice(0, 2) }, { resources: rms.slice(2) }]), 1, 2],
    [JSON.stringify({ fileVersion: '1.0', configurationItems: aws }), 1, 1],
  ]) {
    const result = await evaluate(text)
    const at = offsets(text)
    assert.deepEqual(problems(result), [[line, 'inventory.record.duplicate', says(first, at[0], at[2])]], text)
    assert.deepEqual(problems(await evaluate(zlib.gzipSync(text))), problems(result), 'packed')
  }
})

test('threads and blocks do not show, and more than a thousand are counted', async () => {
  // Every resource from 3000 on stands there before; bad lines and blank ones are in between.
  const records = Array.from({ length: 9000 }, (_, n) => record(`vol-${n % 3000}`, { resourceName: `volume ${n}`, tags: { pad: 'x'.repeat(n % 50) } }))
  const text = lines(records.flatMap((one, n) => n % 700 === 0 ? [one, '[]', ''] : [one]))
  const results = []
  for (const args of [[], ['--threads', '4', '--block', '65536'], ['--threads', '3', '--block', '300000'], ['--block', '4096'],
    ['--threads', '8', '--block', '1048576']]) {
    results.push(await evaluate(text, args))
  }
  const { run, ...rest } = results[0].report
  assert.equal(rest.inventory.duplicates, 6000)
  assert.equal(rest.inventory.badLines, 13)
  assert.equal(rest.inventory.problems.errors, 6013)
  assert.equal(rest.inventory.problems.list.length, 1000)
  assert.equal(rest.inventory.problems.notListed, 5013)
  const listed = rest.inventory.problems.list
  assert.ok(listed.every((one, n) => n === 0 || listed[n - 1].line < one.line), 'in the order of the lines')
  assert.deepEqual(listed.slice(0, 5).map(one => one.line), [2, 704, 1406, 2108, 2810], 'bad lines before the first duplicate')
  assert.equal(listed[5].message.split(':')[0], 'the same resource as in line 1')
  for (const result of results.slice(1)) {
    const { run: _, ...other } = result.report
    assert.deepEqual(other, rest)
    for (const name of ['findings.ndjson', 'report.csv']) assert.equal(result.read(name), results[0].read(name), name)
    const [summary, first] = [result, results[0]].map(one => one.read('summary.txt').replace(/^Report .*$/m, ''))
    assert.equal(summary, first)
  }
})

test('duplicates count as bad records for --max-bad-lines', async () => {
  const text = lines([record('a'), record('b'), record('a'), '[]', record('b')])
  for (const allowed of ['3', '60%']) assert.equal((await evaluate(text, ['--max-bad-lines', allowed])).report.inventory.duplicates, 2)
  for (const allowed of ['2', '0', '59%']) {
    const { stderr, report } = await evaluate(text, ['--max-bad-lines', allowed], 65)
    assert.match(stderr, /inventory: 3 of 5 records are bad, and at most \d+( %)? may be; the first is in line 3: the same resource as in line 1/)
    assert.equal(report, null)
  }
})

test('they leave nothing in the folder of the report', async () => {
  const { out, report } = await evaluate(lines(Array.from({ length: 70000 }, (_, n) => record(`v${n % 69000}`))), ['--quiet'])
  assert.equal(report.inventory.duplicates, 1000, 'more records than are sorted in memory')
  assert.deepEqual(fs.readdirSync(out).sort(), ['findings.ndjson', 'manifest.json', 'report.csv', 'report.json', 'summary.txt'])
})

// A limit on the size of files stands for a full disk: no finding is written, so that only the sorting needs a large one.
test('a disk that is full is an error with its cause, and there is no report', async () => {
  const file = own.write('full.ndjson', lines(Array.from({ length: 70000 }, (_, n) => record(`v${n}`, { resourceType: 'none' }))))
  const out = own.path('full')
  const command = 'trap "" XFSZ; ulimit -f 1000; exec "$@"'
  const result = await own.run('sh', ['-c', command, 'sh', PACKREPORT, 'evaluate', '--pack', own.path('pack.json'), '--rules',
    own.path('rules.json'), '--inventory', file, '--out', out], { status: 74 })
  assert.match(result.stderr, /^packreport evaluate: duplicates: write .*sightings\.tmp: File too large\n$/)
  assert.ok(!fs.existsSync(out))
})

test('a job: counted in its summary, and FAILED when [source] max_bad_lines allows fewer', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  world.write(`inventory/${ACCOUNT}.ndjson`, lines([record('a'), record('b'), record('a')]))
  const first = await world.startDaemon()
  await world.submit({ pack: 'pack-1' })
  const complete = await world.reportEnds('pack-1')
  assert.deepEqual([complete.ReportStatus, complete.complete.summary.duplicates], ['COMPLETE', 1])
  assert.match((await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1'])).stdout, /3 records, 1 duplicate$/m)
  await first.end()
  const strict = await world.startDaemon({ 'source.max_bad_lines': '0' })
  await world.submit({ pack: 'pack-2' })
  const failed = await world.reportEnds('pack-2')
  assert.equal(failed.ReportStatus, 'FAILED')
  assert.match(failed.Message, /1 of 3 records are bad, and at most 0 may be; the first is in line 3: the same resource as in line 1/)
  await strict.end()
}))
