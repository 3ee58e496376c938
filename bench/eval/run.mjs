#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// The evaluation against other engines: the same 20 rules, the same inventory, one run. Prints Markdown. See README.md.
//
//   node bench/eval/run.mjs [--records N] [--repetitions N] [--peers all|fast|mark] [--part NAME,...]
//
// Parts: peers, rules, incremental, packs, report, memory; all but memory by default.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { instructionsPerByte, measure } from './measure.mjs'
import { buildPeers, peers } from './peers.mjs'
import * as ruleSets from './rule-sets.mjs'

const HERE = path.dirname(fileURLToPath(import.meta.url))
const BUILD = path.resolve(process.env.PACKREPORT_BUILD ?? path.join(HERE, '../../build/release'))
const WORK = path.resolve(process.env.BENCH_WORK ?? path.join(HERE, '../../build/bench-eval'))
const PACKREPORT = path.join(BUILD, 'packreport')
const MARK = 'simdjson On-Demand, rules by hand'

const { values: options } = parseArgs({ options: {
  records: { type: 'string', default: '200000' },
  repetitions: { type: 'string', default: '7' },
  peers: { type: 'string', default: 'fast' },
  part: { type: 'string', default: 'peers,rules,incremental,packs,report' },
} })
const RECORDS = Number(options.records)
const PARTS = options.part.split(',')

const file = name => path.join(WORK, name)

function write(name, value) {
  fs.writeFileSync(file(name), JSON.stringify(value))
  return file(name)
}

// The first records of the inventory, which is generated once.
function inventory(count) {
  const whole = file(`r${RECORDS}.ndjson`)
  if (!fs.existsSync(whole)) execFileSync('python3', [path.join(HERE, 'generate.py'), String(RECORDS), whole])
  if (count >= RECORDS) return whole
  const part = file(`r${count}.ndjson`)
  if (!fs.existsSync(part)) execFileSync('sh', ['-c', `head -n ${count} '${whole}' > '${part}'`])
  return part
}

const REPORTED = Math.min(RECORDS, 5000) // records of a run that writes several reports; they would fill the disk

const count = (rules, threads = 1, from = inventory(RECORDS)) =>
  [PACKREPORT, 'count', '--rules', rules, '--inventory', from, '--threads', String(threads), '--json']

const passesOf = ({ stdout }) => JSON.parse(stdout).rules.map(rule => rule.findingCounts.COMPLIANT)
const numbersOf = ({ stdout }) => stdout.trim().split('\n').at(-1).match(/\d+/g).map(Number)

const number = (value, digits = 2) => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

function print(title, rows, extra = () => []) {
  console.log(`\n## ${title}\n\n| run | records | s | CPU s | MB/s | peak MiB | |\n| --- | --: | --: | --: | --: | --: | --- |`)
  for (const row of rows) {
    if (row.result.error) {
      console.log(`| ${row.name} | | | | | | did not run${row.needs ? `, needs ${row.needs}` : `: ${row.result.error}`} |`)
      continue
    }
    const { wall, cpu, memory } = row.result
    console.log(`| ${row.name} | ${number(row.records, 0)} | ${number(wall)} | ${number(cpu)} | ${number(row.bytes / 1e6 / wall, 0)} | ${number(memory, 1)} | ${extra(row).join(', ')} |`)
  }
}

const verdicts = []
// What a figure of one run has to be.
function expect(what, value, compare, aim) {
  if (value === undefined || Number.isNaN(value)) {
    verdicts.push(`| ${what} | not measured | ${compare} ${aim} | |`)
    return
  }
  const holds = compare === '>=' ? value >= aim : compare === '<' ? value < aim : value <= aim
  verdicts.push(`| ${what} | ${number(value)} | ${compare} ${aim} | ${holds ? 'yes' : '**no**'} |`)
}

// What the machine gives, for the figure beside it: no aim.
const note = (what, value) => verdicts.push(`| ${what} | ${number(value)} | control | |`)

const wallOf = row => row && !row.result.error ? row.result.wall : NaN
const named = (rows, name) => rows.find(row => row.name === name)

const rate = row => row ? row.records / wallOf(row) : NaN

const ownRow = (name, rules, threads = 1) => ({ name, own: true, records: RECORDS, bytes: fs.statSync(inventory(RECORDS)).size, command: count(rules, threads) })

function peerRows() {
  const wanted = { all: () => true, fast: peer => !peer.slow, mark: peer => peer.name === MARK }[options.peers]
  return peers(WORK).filter(wanted).map(peer => {
    const records = Math.min(peer.records ?? RECORDS, RECORDS)
    return { ...peer, records, bytes: fs.statSync(inventory(records)).size, command: peer.command(inventory(records)), repetitions: peer.slow ? 1 : undefined }
  })
}

// The same command twice at the same time: how much of two processors this machine gives to two programs that share nothing.
function twiceAtOnce(name, row) {
  return { ...row, name, kind: 'control', records: 2 * row.records, bytes: 2 * row.bytes,
    command: ['sh', '-c', '"$@" >/dev/null & "$@" >/dev/null && wait', 'sh', ...row.command] }
}

function runPeers() {
  const rules = write('20.rules.json', ruleSets.variants(20))
  const one = ownRow('packreport, 1 thread', rules)
  const rows = [...peerRows(), one, ownRow('packreport, 2 threads', rules, 2), twiceAtOnce('packreport, 2 processes of 1 thread', one)]
  measure(rows, Number(options.repetitions))
  const wanted = new Map()
  const agrees = row => {
    if (row.kind) return ''
    if (!wanted.has(row.records)) wanted.set(row.records, String(passesOf({ stdout: execFileSync(PACKREPORT, count(rules, 1, inventory(row.records)).slice(1), { encoding: 'utf8' }) })))
    row.agrees = String(row.own ? passesOf(row.result) : numbersOf(row.result)) === wanted.get(row.records)
    return row.agrees ? 'same counts' : '**other counts**'
  }
  const mark = named(rows, MARK)
  const own = named(rows, 'packreport, 1 thread')
  print('The 20 rules', rows, row => [agrees(row), `${number(row.records / wallOf(row) / rate(mark))} × On-Demand`].filter(Boolean))
  expect('speed, × On-Demand by hand', wallOf(mark) / wallOf(own), '>=', 0.65)
  expect('speed, × jansson', rate(own) / rate(named(rows, 'jansson + rule tree')), '>=', 12)
  expect('speed, × DuckDB on 2 threads', rate(own) / rate(named(rows, 'DuckDB, 2 threads')), '>=', 1)
  const two = named(rows, 'packreport, 2 threads')
  const apart = named(rows, 'packreport, 2 processes of 1 thread')
  expect('two threads, × one', wallOf(own) / wallOf(two), '>=', 1.8)
  note('two processes of one thread at once, × one', rate(apart) / rate(own))
  expect('two threads, × two processes', rate(two) / rate(apart), '>=', 0.9)
  expect('peers with other counts', rows.filter(row => row.agrees === false).length, '<=', 0)
  for (const row of [own, mark]) {
    const found = instructionsPerByte(row.command, row.bytes)
    console.log(`\nInstructions per byte, ${row.name}: ${found === undefined ? 'perf may not count here' : number(found)}`)
  }
}

function runRules() {
  const rows = [20, 100, 1000].map(size => ownRow(`${size} rules`, write(`${size}.rules.json`, ruleSets.variants(size))))
  rows.push(ownRow('20 rules with filters', write('filters.rules.json', ruleSets.filters())))
  rows.push({ ...peerRows().find(row => row.name === MARK) })
  measure(rows, Number(options.repetitions))
  print('More rules, and filters', rows)
  expect('1,000 rules, × the time of 20', wallOf(rows[2]) / wallOf(rows[0]), '<', 6)
  expect('filters: speed, × On-Demand by hand', wallOf(rows.at(-1)) / wallOf(rows[3]), '>=', 0.3)
}

// The inventory with each hundredth record changed, at random places that are always the same.
function changedInventory() {
  const changed = file(`r${RECORDS}.changed.ndjson`)
  if (!fs.existsSync(changed)) {
    execFileSync('sh', ['-c', `awk 'BEGIN { srand(7) } rand() < 0.01 { sub(/"Cpu":/, "\\"Cpu\\":1") } 1' '${inventory(RECORDS)}' > '${changed}'`])
  }
  return changed
}

// A count of the changed inventory, without a cache, with the one that a count of the first left, and with none yet.
function incrementalRows(size) {
  const rules = write(`${size}.rules.json`, ruleSets.variants(size))
  const [kept, cache] = [file(`${size}.kept.cache`), file(`${size}.cache`)]
  const changed = changedInventory()
  fs.rmSync(kept, { force: true })
  execFileSync(PACKREPORT, [...count(rules).slice(1), '--cache', kept], { stdio: 'ignore' })
  const row = (name, before, ...cached) => ({ name: `${size} rules, ${name}`, records: RECORDS, bytes: fs.statSync(changed).size, before,
    command: [...count(rules, 1, changed), ...cached] })
  return [
    row('no cache'),
    row('1 % changed', () => fs.copyFileSync(kept, cache), '--cache', cache),
    row('the first count with a cache', () => fs.rmSync(cache, { force: true }), '--cache', cache),
  ]
}

function runIncremental() {
  const parts = [20, 1000].map(incrementalRows)
  const changed = changedInventory()
  const reading = { name: 'the file read, and nothing else', records: RECORDS, bytes: fs.statSync(changed).size,
    command: ['dd', `if=${changed}`, 'of=/dev/null', 'bs=128k', 'status=none'] }
  const rows = [reading, ...parts.flat()]
  measure(rows, Number(options.repetitions))
  print('Counting again', rows)
  for (const [full, again, first] of parts) {
    expect(`${again.name}: × as fast as without a cache`, wallOf(full) / wallOf(again), '>=', 4)
    note(`${again.name}: the same, less the reading in both`, (wallOf(full) - wallOf(reading)) / (wallOf(again) - wallOf(reading)))
    expect(`${first.name}: × the time without`, wallOf(first) / wallOf(full), '<', 1.5)
    expect(`${again.name}: counts that differ`, [again, first].filter(row => row.result.stdout !== full.result.stdout).length, '<=', 0)
  }
}

function evaluateRow(name, rules, packs, extra = [], records = RECORDS) {
  const out = file('report')
  return { name, records, bytes: fs.statSync(inventory(records)).size,
    before: () => fs.rmSync(out, { recursive: true, force: true }),
    command: [PACKREPORT, 'evaluate', ...packs.flatMap(pack => ['--pack', pack]), '--rules', rules, '--inventory', inventory(records),
      '--out', out, '--quiet', ...extra] }
}

// Ten packs of 100 rules each: of the same rules, of rules that neighbours share, and of 1,000 different ones.
function runPacks() {
  const rules = write('1000.rules.json', ruleSets.variants(1000))
  const packs = step => Array.from({ length: 10 }, (_, i) => write(`pack-${step}-${i}.json`, ruleSets.pack(`pack-${step}-${i}`, i * step, i * step + 100)))
  const reports = (name, files) => evaluateRow(name, rules, files, ['--findings', 'failing'], REPORTED)
  const rows = [
    ownRow('100 rules, counted only', write('100.rules.json', ruleSets.variants(100))),
    ownRow('1,000 rules, counted only', rules),
    reports('one pack of 100 rules', packs(0).slice(0, 1)),
    reports('ten packs of 100 rules, all the same', packs(0)),
    reports('ten packs of 100 rules, 90 shared with the next', packs(10)),
    reports('ten packs of 100 rules, none shared', packs(100)),
  ]
  measure(rows, Math.min(3, Number(options.repetitions)))
  fs.rmSync(file('report'), { recursive: true, force: true })
  print('Several packs from one reading', rows)
  expect('ten packs of 100 different rules, × the time of one, counted only', wallOf(rows[1]) / wallOf(rows[0]), '<', 2)
  for (const row of rows.slice(3)) expect(`${row.name}: × the time of one`, wallOf(row) / wallOf(rows[2]), '<', 2)
}

function runReport() {
  const rules = write('20.rules.json', ruleSets.variants(20))
  const packs = [write('20.pack.json', ruleSets.pack('twenty', 0, 20))]
  const rows = [evaluateRow('report, all findings', rules, packs), evaluateRow('report, failing findings', rules, packs, ['--findings', 'failing']),
    evaluateRow('report, all findings, 2 threads', rules, packs, ['--threads', '2'])]
  measure(rows, Math.min(3, Number(options.repetitions)))
  fs.rmSync(file('report'), { recursive: true, force: true })
  print('Whole reports', rows)
}

// Through a pipe, so that nothing of the inventory can stay in memory as a file.
function runMemory() {
  const rules = write('20.rules.json', ruleSets.variants(20))
  const part = inventory(100000)
  const piped = times => ({ name: `piped, ${times} × 100,000 records`, records: times * 100000, bytes: times * fs.statSync(part).size,
    input: `for i in $(seq ${times}); do cat '${part}'; done`, command: count(rules, 1, '-'), repetitions: 1 })
  const rows = [piped(1), piped(10), piped(100)]
  measure(rows, 1)
  print('Memory and time of long inventories', rows)
  expect('peak memory of 10 million records, MiB', rows[2].result.memory, '<', 64)
  expect('peak memory of 10 million records, × that of 100,000', rows[2].result.memory / rows[0].result.memory, '<=', 1.05)
  expect('time per record of 10 million, × that of 1 million', wallOf(rows[2]) / 10 / wallOf(rows[1]), '<=', 1.1)
}

const RUNS = { peers: runPeers, rules: runRules, incremental: runIncremental, packs: runPacks, report: runReport, memory: runMemory }
for (const part of PARTS) {
  if (!RUNS[part]) {
    console.error(`run.mjs: no part is called "${part}"; parts are ${Object.keys(RUNS).join(', ')}`)
    process.exit(64)
  }
}
process.env.NODE_MODULES ??= HERE
fs.mkdirSync(WORK, { recursive: true })
buildPeers(WORK)
const [cpu] = os.cpus()
console.log(`${os.cpus().length} × ${cpu.model.trim()}, ${number(RECORDS, 0)} records of ${number(fs.statSync(inventory(RECORDS)).size / RECORDS, 0)} bytes, best of ${options.repetitions}`)
for (const part of PARTS) RUNS[part]()
console.log(`\n## Ratios of this run\n\n| | measured | aim | holds |\n| --- | --: | --: | --- |\n${verdicts.join('\n')}`)
