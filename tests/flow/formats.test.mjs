// SPDX-License-Identifier: MIT
//
// The same resources in every format an inventory may have, packed and not, in blocks of several sizes, on one thread and on
// several, from a file and from standard input: the same findings, but for where each resource stood.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { ACCOUNT, BUILD, SHARE, World, inWorld as withRedis } from './lib/harness.mjs'

const PACK = fs.readdirSync(path.join(SHARE, 'packs')).find(name => name.endsWith('.json'))

// The resources of share/, and what each format makes of them. Of RMS only what it can say is kept: it has no accountId, and
// a type of two parts.
function resources(count) {
  const text = execFileSync(path.join(SHARE, 'generate-inventory'), [String(count)], { maxBuffer: 1 << 28 }).toString()
  return text.trimEnd().split('\n').map(line => JSON.parse(line)).map(({ accountId, ...record }) => record)
}

function toRms({ resourceType, resourceId, resourceName, regionId, resourceGroupId, configuration, ...rest }) {
  const dot = resourceType.indexOf('.')
  return { id: resourceId, name: resourceName, provider: resourceType.slice(0, dot), type: resourceType.slice(dot + 1),
    region_id: regionId, ep_id: resourceGroupId, properties: configuration, ...rest }
}

const toAws = ({ regionId, ...rest }) => ({ ...rest, awsRegion: regionId })

function pages(records, size, wrap) {
  const made = []
  for (let at = 0; at < records.length; at += size) made.push(wrap(records.slice(at, at + size)))
  return made
}

const rmsPage = (list, at) => ({ resources: list.map(toRms), page_info: { current_count: list.length, next_marker: at ?? null } })

const FORMATS = {
  lines: records => records.map(record => JSON.stringify(record)).join('\n') + '\n',
  array: records => JSON.stringify(records),
  pretty: records => '\ufeff' + JSON.stringify(records, null, 2).replaceAll('\n', '\r\n'),
  rms: records => pages(records, 200, rmsPage).map(page => JSON.stringify(page)).join('\n'),
  'rms-pretty': records => pages(records, 99, rmsPage).map(page => JSON.stringify(page, null, 1)).join(''),
  aws: records => JSON.stringify({ fileVersion: '1.0', configSnapshotId: 'example', configurationItems: records.map(toAws) }),
}

const half = text => Buffer.from(text).length >> 1

const PACKINGS = {
  plain: text => Buffer.from(text),
  gzip: text => zlib.gzipSync(text),
  members: text => {
    const bytes = Buffer.from(text)
    return Buffer.concat([zlib.gzipSync(bytes.subarray(0, half(text))), zlib.gzipSync(bytes.subarray(half(text)))])
  },
  zstd: text => execFileSync('zstd', ['-q', '-c'], { input: text, maxBuffer: 1 << 28 }),
}

function evaluate(world, inventory, out, { args = [], ...options } = {}) {
  return world.run(path.join(BUILD, 'packreport'), ['evaluate', '--pack', path.join(SHARE, 'packs', PACK), '--rules', path.join(SHARE, 'rules'),
    '--inventory', inventory, '--out', world.path(out), '--as-of', '2026-11-21', '--quiet', ...args], options)
}

const findings = (world, out) => fs.readFileSync(world.path(path.join(out, 'findings.ndjson')), 'utf8').trimEnd().split('\n')
const withoutLine = list => list.map(line => line.replace(/"line":\d+,"offset":\d+/, '"line":0,"offset":0'))

async function inWorld(run) {
  const world = new World()
  try {
    await run(world)
  } finally {
    await world.end()
  }
}

test('every format and packing gives the same findings', () => inWorld(async world => {
  const records = resources(600)
  const plain = world.write('plain.ndjson', FORMATS.lines(records))
  await evaluate(world, plain, 'plain')
  const expected = withoutLine(findings(world, 'plain'))
  assert.ok(expected.length > 500)
  const variants = [['--block', '4096'], ['--threads', '3', '--block', '65536']]
  for (const [format, write] of Object.entries(FORMATS)) {
    const text = write(records)
    const whole = []
    for (const [n, [packing, pack]] of Object.entries(PACKINGS).entries()) {
      const name = `${format}-${packing}`
      const file = world.write(name, pack(text))
      await evaluate(world, n === 1 ? '-' : file, `out-${name}`, { args: variants[n % 2], input: n === 1 ? fs.readFileSync(file) : undefined })
      const found = findings(world, `out-${name}`)
      assert.deepEqual(withoutLine(found), expected, name)
      whole.push(found.join('\n'))
    }
    assert.equal(new Set(whole).size, 1, `${format}: packing changes no line number`)
    const bytes = Buffer.from(text)
    for (const line of whole[0].split('\n')) {
      const { resourceId, offset } = JSON.parse(line)
      const record = bytes.subarray(offset, offset + 2000).toString()
      assert.match(record, new RegExp(`^{[^{}]*"(resourceId|id)": ?${JSON.stringify(resourceId)}`), line)
    }
  }
  // In the pretty array each line number is that of the record's brace.
  const lines = FORMATS.pretty(records).split('\n')
  for (const line of findings(world, 'out-pretty-gzip').slice(0, 50)) {
    const finding = JSON.parse(line)
    const record = lines.slice(finding.line - 1).join('\n')
    assert.match(record, /^ {2}\{\r/)
    assert.ok(record.indexOf(`"resourceId": ${JSON.stringify(finding.resourceId)}`) < record.indexOf('\n  }'), line)
  }
}))

// The bytes of an inventory from an offset on, as docs/report.md says to get them.
const tail = (file, offset) => execFileSync('tail', ['-c', `+${offset + 1}`, file], { maxBuffer: 1 << 28 }).toString()

test('what tail shows from the offset on is the record of the finding', () => inWorld(async world => {
  const records = resources(60)
  const texts = records.map(record => JSON.stringify(record))
  const pretty = JSON.stringify(records, null, 4)
  const inventories = {
    crlf: texts.join('\r\n') + '\r\n',
    blanks: '\n\r\n' + texts.map((text, n) => `${' '.repeat(n % 3)}${n % 2 ? '\t' : ''}${text}${' '.repeat(n % 2)}\n${'\r\n \n'.repeat(n % 3)}`).join(''),
    bom: '\ufeff' + texts.join('\n'),
    umlauts: texts.map(text => text.replace('"resourceId"', '"ä": "密钥", "resourceId"')).join('\n'),
    pretty: pretty,
    'pretty-crlf': '\r\n ' + pretty.replaceAll('\n', '\r\n'),
  }
  for (const [name, text] of Object.entries(inventories)) {
    const file = world.write(name, text)
    await evaluate(world, file, `out-${name}`, { args: ['--block', '4096', '--threads', '2'] })
    const all = findings(world, `out-${name}`).map(line => JSON.parse(line))
    assert.ok(all.length > 60, `${name}: ${all.length}`)
    const bytes = fs.readFileSync(file)
    const seen = new Set()
    for (const { resourceId, line, offset } of all) {
      if (seen.has(offset)) continue
      seen.add(offset)
      const from = tail(file, offset)
      const record = name.startsWith('pretty') ? from.slice(0, from.search(/\n {4}\}/)) + '\n}' : from.slice(0, from.indexOf('\n'))
      const { ä, ...found } = JSON.parse(from.includes('\n') ? record : from)
      assert.equal(from[0], '{')
      assert.deepEqual(found, records.find(one => one.resourceId === resourceId), `${name} ${line} ${offset}`)
      assert.equal(bytes.subarray(0, offset).toString().split('\n').length, line, 'line and offset are of the same place')
    }
    const report = JSON.parse(fs.readFileSync(world.path(`out-${name}`, 'report.json')))
    const bad = all.filter(finding => finding.outcome === 'NON_COMPLIANT')
    assert.ok(bad.length > 0)
    assert.deepEqual(report.firstFindings.map(finding => finding.offset), bad.map(finding => finding.offset))
    const csv = fs.readFileSync(world.path(`out-${name}`, 'report.csv'), 'utf8').split('\r\n')
    const column = csv[0].split(',').indexOf('Inventory offset')
    assert.equal(csv[0].split(',')[column - 1], 'Inventory line')
    for (const finding of bad) assert.ok(csv.some(row => row.includes(`,${finding.line},${finding.offset},`)), `${name} ${finding.offset}`)
  }
}))

test('an inventory that is cut is refused, with the place', () => inWorld(async world => {
  const records = resources(40)
  const cut = bytes => bytes.subarray(0, bytes.length - 9)
  for (const [name, bytes, message] of [
    ['array', cut(PACKINGS.plain(FORMATS.array(records))), /array: it ends in the middle, at byte \d+: the document that begins in line 1 is not closed/],
    ['gzip', cut(PACKINGS.gzip(FORMATS.lines(records))), /gzip, byte \d+ of the file: the stream is cut/],
    ['zstd', cut(PACKINGS.zstd(FORMATS.lines(records))), /zstd, byte \d+ of the file: the stream is cut/],
  ]) {
    const { stderr } = await evaluate(world, world.write(name, bytes), `out-${name}`, { status: 65 })
    assert.match(stderr, message)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.ok(!fs.existsSync(world.path(`out-${name}`)), 'no report of half an inventory')
  }
}))

test('bad records of a list are counted and listed where they stand', () => inWorld(async world => {
  const [first, second] = resources(2)
  const text = `[\n${JSON.stringify(first)},\n17,\n{"resourceId": broken},\n\n{"resourceId":"\n"},\n${JSON.stringify(second)}]`
  await evaluate(world, world.write('bad', text), 'out')
  const { inventory } = JSON.parse(fs.readFileSync(world.path('out/report.json')))
  assert.equal(inventory.records, 2)
  assert.equal(inventory.badLines, 3)
  assert.deepEqual(inventory.problems.list.map(problem => problem.line), [3, 4, 6])
  for (const allowed of ['3', '60%']) await evaluate(world, world.path('bad'), `out-${allowed}`, { args: ['--max-bad-lines', allowed] })
  for (const allowed of ['2', '0', '59%']) {
    const { stderr } = await evaluate(world, world.path('bad'), 'none', { args: ['--max-bad-lines', allowed], status: 65 })
    assert.match(stderr, /bad: 3 of 5 records are bad, and at most \d+( %)? may be; the first is in line 3: /)
    assert.ok(!fs.existsSync(world.path('none')))
  }
  const { stderr } = await evaluate(world, world.path('bad'), 'none', { args: ['--max-bad-lines', 'few'], status: 64 })
  assert.match(stderr, /--max-bad-lines: "few" is no number of records/)
}))

test('a job fails when more records are bad than [source] max_bad_lines allows', withRedis(async world => {
  const shared = { 'source.packs': path.join(SHARE, 'packs'), 'rules.path': path.join(SHARE, 'rules') }
  const pack = PACK.replace('.json', '')
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }] })
  world.write(`inventory/${ACCOUNT}.ndjson`, zlib.gzipSync(JSON.stringify([...resources(3), 'bad'])))
  for (const [allowed, status] of [['24%', 'FAILED'], ['25%', 'COMPLETE']]) {
    const daemon = await world.startDaemon({ ...shared, 'source.max_bad_lines': allowed })
    const answer = await world.answer(await world.submit({ pack }))
    const ended = await world.reportEnds(pack, { reportId: answer.ReportId })
    assert.equal(ended.ReportStatus, status, JSON.stringify(ended))
    if (status === 'FAILED') assert.match(JSON.stringify(ended), /1 of 4 records are bad, and at most 24 % may be/)
    await daemon.end()
  }
}))

test('a job on what holds no record fails for good, whatever [source] max_bad_lines allows', withRedis(async world => {
  const pack = PACK.replace('.json', '')
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }] })
  world.write(`inventory/${ACCOUNT}.ndjson`, Buffer.from(Array.from({ length: 9999 }, (_, n) => n * 7919 % 251)))
  await world.startDaemon({ 'source.packs': path.join(SHARE, 'packs'), 'rules.path': path.join(SHARE, 'rules') })
  const answer = await world.answer(await world.submit({ pack }))
  const ended = await world.reportEnds(pack, { reportId: answer.ReportId })
  assert.deepEqual([ended.ReportStatus, ended.Code], ['FAILED', 'ReportFailed.Inventory'])
  assert.match(JSON.stringify(ended), /none of its \d+ records is right, so that nothing could be judged/)
}))

test('dirt costs the record it is in and no other', () => inWorld(async world => {
  const [resource] = resources(1)
  const good = n => JSON.stringify({ ...resource, resourceId: `good-${n}` })
  const member = (text, id = 'x') => `{"resourceId":"${id}","resourceType":"t",${text}}`
  const dirt = [
    ['{"resourceId": broken', /no valid JSON/],
    [member('"a":1,"a":2'), /a member that is there twice/],
    [member('"a":"\\ud800"'), /JSON that is not taken: a surrogate without its other half/],
    [member('"a":"\\u0000b"').replace('"a":"\\u0000b"', '"\\u0000":1'), /NUL/],
    [member('"a":"\0"'), /no valid JSON/],
    ['\ufeff' + good('x'), /no valid JSON: a byte order mark/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
    [member('"configuration":[1]'), /configuration is an array/],
    [member('"configuration":"{"'), /the text in configuration/],
    [member(`"a":${'['.repeat(100000)}${']'.repeat(100000)}`), /nested more than 128 levels/],
    [Buffer.alloc(100 * 1024 * 1024, 0x5b), /longer than 16777216 bytes/],
    ['null', /a record is an object/],
  ]
  const fine = [member('"configuration":null'), member('"configuration":"{\\"a\\":1}"', 'y'), `${good('y')}\r`]
  const pieces = []
  for (const [n, [line]] of dirt.entries()) pieces.push(Buffer.from(line), Buffer.from(`\n${good(n)}\n`))
  for (const line of fine) pieces.push(Buffer.from(`${line}\n`))
  const file = world.write('dirty', zlib.gzipSync(Buffer.concat(pieces), { level: 1 }))
  await evaluate(world, file, 'out')
  const { inventory } = JSON.parse(fs.readFileSync(world.path('out/report.json')))
  const list = inventory.problems.list
  for (const [n, [line, reason]] of dirt.entries()) {
    assert.equal(list[n]?.line, 2 * n + 1, `${line.slice(0, 60)}: ${JSON.stringify(list[n])}`)
    assert.match(list[n].message, reason)
  }
  assert.equal(inventory.badLines, dirt.length)
  assert.equal(inventory.records, dirt.length + fine.length)
  assert.equal(inventory.problems.errors, dirt.length)
}))

test('problems are in input order whatever the size of the blocks', () => inWorld(async world => {
  const text = `{"resources":[7]}\n{"resources":[8]}{}{"resources":[{"id":"${'x'.repeat(17 << 20)}"},9,{"id":"i","provider":"p","type":"t","properties":{}}]}`
  const file = world.write('pages', text)
  const lists = []
  for (const block of ['4096', '1048576']) {
    await evaluate(world, file, `out-${block}`, { args: ['--block', block] })
    lists.push(JSON.parse(fs.readFileSync(world.path(`out-${block}/report.json`))).inventory.problems.list.map(problem => problem.code))
  }
  assert.deepEqual(lists[0], ['inventory.record', 'inventory.record', 'inventory.document', 'inventory.record.too-long', 'inventory.record'])
  assert.deepEqual(lists[1], lists[0])
}))
