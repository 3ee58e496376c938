// SPDX-License-Identifier: MIT
//
// Promise 7: the same pack, rules and inventory give the same bytes, however many threads, whatever the block size, by queue or
// offline; only `run` in report.json (ids, times, fence) differs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, SHARE, World, inWorld } from './lib/harness.mjs'

const PACK = fs.readdirSync(path.join(SHARE, 'packs')).find(name => name.endsWith('.json'))
const PACK_ID = PACK.replace('.json', '')

function content(folder) {
  const report = JSON.parse(fs.readFileSync(path.join(folder, 'report.json')))
  assert.ok(report.run, 'report.json keeps what differs apart')
  delete report.run
  const digest = name => createHash('sha256').update(fs.readFileSync(path.join(folder, name))).digest('hex')
  return { report: JSON.stringify(report), findings: digest('findings.ndjson'), csv: digest('report.csv') }
}

function checkManifest(folder) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json')))
  for (const file of manifest.files) {
    const bytes = fs.readFileSync(path.join(folder, file.name))
    assert.equal(bytes.length, file.bytes, file.name)
    assert.equal(createHash('sha256').update(bytes).digest('hex'), file.sha256, file.name)
  }
  const names = [...manifest.files.map(file => file.name), 'manifest.json'].sort()
  assert.deepEqual(fs.readdirSync(folder).sort(), names, 'the manifest names every file')
}

test('threads, blocks, daemon and command line agree', inWorld(async world => {
  const resources = 4000
  const inventory = execFileSync(path.join(SHARE, 'generate-inventory'), [String(resources)], { maxBuffer: 1 << 28 })
  // Dirty lines in the middle: they must be reported alike, too.
  const lines = inventory.toString().split('\n')
  lines.splice(1500, 0, '{"resourceId": broken', '', 'null')
  world.write(`inventory/${ACCOUNT}.ndjson`, lines.join('\n'))
  const common = ['evaluate', '--pack', path.join(SHARE, 'packs', PACK), '--rules', path.join(SHARE, 'rules'),
    '--waivers', path.join(SHARE, 'waivers.json'), '--attestations', path.join(SHARE, 'attestations.json'),
    '--inventory', world.path(`inventory/${ACCOUNT}.ndjson`), '--as-of', '2026-11-21', '--account', ACCOUNT, '--quiet']
  const runs = [['1', '1048576'], ['4', '1048576'], ['4', '65536'], ['1', '4096'], ['3', '500000']]
  const results = []
  for (const [threads, block] of runs) {
    const out = world.path(`out-${threads}-${block}`)
    await world.run(path.join(BUILD, 'packreport'), [...common, '--threads', threads, '--block', block, '--out', out])
    checkManifest(out)
    results.push(content(out))
  }
  for (const [n, result] of results.entries()) assert.deepEqual(result, results[0], runs[n].join(' threads, blocks of '))
  const report = JSON.parse(results[0].report)
  assert.equal(report.inventory.records, resources)
  assert.equal(report.inventory.badLines, 2)
  assert.deepEqual(report.inventory.problems.list.map(problem => problem.line), [1501, 1503])

  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }] })
  const shared = { 'source.packs': path.join(SHARE, 'packs'), 'rules.path': path.join(SHARE, 'rules'),
    'rules.waivers': path.join(SHARE, 'waivers.json'), 'rules.attestations': path.join(SHARE, 'attestations.json') }
  const made = []
  for (const threads of ['1', '4']) {
    const daemon = await world.startDaemon({ ...shared, 'worker.eval_threads': threads })
    const answer = await world.answer(await world.submit({ pack: PACK_ID }))
    const ended = await world.reportEnds(PACK_ID, { reportId: answer.ReportId })
    assert.equal(ended.ReportStatus, 'COMPLETE', JSON.stringify(ended))
    checkManifest(ended.complete.location)
    made.push(content(ended.complete.location))
    await daemon.end()
  }
  assert.deepEqual(made[1], made[0])
  assert.equal(made[0].findings, results[0].findings, 'daemon and command line write the same findings')
}))

test('standard input gives the same as a file', async () => {
  const world = new World()
  try {
    const inventory = execFileSync(path.join(SHARE, 'generate-inventory'), ['300'])
    const file = world.write('inventory.ndjson', inventory)
    const run = (from, out, input) => world.run(path.join(BUILD, 'packreport'), ['evaluate', '--pack', path.join(SHARE, 'packs', PACK),
      '--rules', path.join(SHARE, 'rules'), '--inventory', from, '--out', world.path(out), '--as-of', '2026-11-21', '--quiet'], { input })
    await run(file, 'a')
    await run('-', 'b', inventory)
    assert.deepEqual(content(world.path('b')), content(world.path('a')))
  } finally {
    await world.end()
  }
})
