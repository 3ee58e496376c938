// SPDX-License-Identifier: MIT
//
// packreport count --cache: the same bytes as without, whatever the cache is, and how much of it was used.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, SHARE, inWorld } from './lib/harness.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const RECORDS = 900

function furnish(world) {
  const lines = execFileSync(path.join(SHARE, 'generate-inventory'), [String(RECORDS)]).toString().trimEnd().split('\n')
  world.write('inventory.ndjson', `${lines.join('\n')}\nno JSON\n\n`)
  return lines
}

const options = (world, inventory) => ['count', '--rules', path.join(SHARE, 'rules'), '--inventory', inventory, '--as-of', '2026-11-21']

// The count with the cache, which says what the one without does; and how many records came from it.
async function count(world, inventory, extra = [], how = {}) {
  const input = how.input === undefined ? {} : { input: how.input }
  const plain = await world.run(PACKREPORT, [...options(world, inventory), ...extra], { status: 0, ...input })
  const { stdout, stderr } = await world.run(PACKREPORT, [...options(world, inventory), ...extra, '--cache', world.path('cache')], { status: 0, ...input })
  assert.equal(stdout, plain.stdout)
  assert.ok(stderr.startsWith(plain.stderr), 'what is wrong with the inventory is said in the same way')
  const [, reused, records] = /cache: (\d+) of (\d+) records taken from it\n$/.exec(stderr)
  return { reused: Number(reused), records: Number(records), said: stderr.slice(plain.stderr.length).split('\n').slice(0, -2) }
}

describe('count --cache', () => {
  test('takes what it knows, in any form of inventory and any output', inWorld(async world => {
    const lines = furnish(world)
    const inventory = world.path('inventory.ndjson')
    assert.deepEqual(await count(world, inventory), { reused: 0, records: RECORDS, said: [] })
    assert.equal(fs.statSync(world.path('cache')).mode & 0o777, 0o600)
    assert.deepEqual(await count(world, inventory, ['--json']), { reused: RECORDS, records: RECORDS, said: [] })
    execFileSync('gzip', ['-k', inventory])
    execFileSync('zstd', ['-q', inventory])
    world.write('array.json', `[${lines.join(',\n')}]`)
    for (const name of ['inventory.ndjson.gz', 'inventory.ndjson.zst', 'array.json']) {
      assert.deepEqual(await count(world, world.path(name), ['--threads', '2']), { reused: RECORDS, records: RECORDS, said: [] }, name)
    }
    const piped = await count(world, '-', [], { input: fs.readFileSync(inventory) })
    assert.equal(piped.reused, RECORDS)
  }))

  test('judges what changed, and says so', inWorld(async world => {
    const lines = furnish(world)
    const inventory = world.path('inventory.ndjson')
    await count(world, inventory)
    const changed = [lines[0], ...lines.slice(6)]
    changed[100] = changed[100].replace('{', '{ ')
    world.write('inventory.ndjson', `${changed.join('\n')}\n`)
    assert.deepEqual(await count(world, inventory), { reused: RECORDS - 6, records: RECORDS - 5, said: [] })
    assert.equal((await count(world, inventory)).reused, RECORDS - 5)
  }))

  test('a cache that is of no use is one warning, and is made anew', inWorld(async world => {
    furnish(world)
    const inventory = world.path('inventory.ndjson')
    await count(world, inventory)
    fs.truncateSync(world.path('cache'), fs.statSync(world.path('cache')).size - 1)
    const cut = await count(world, inventory)
    assert.equal(cut.reused, 0)
    assert.deepEqual(cut.said, [`${world.path('cache')}: warning: the cache is not used: it is cut or damaged [cache.refused]`])
    assert.equal((await count(world, inventory)).reused, RECORDS)
    fs.chmodSync(world.path('cache'), 0o644)
    const open = await count(world, inventory)
    assert.match(open.said.join(), /others may read or write it: its mode is 0644 and has to be 0600/)
    assert.equal((await count(world, inventory)).reused, RECORDS)
  }))

  test('the inventory, given for the cache by mistake, stays', inWorld(async world => {
    furnish(world)
    const inventory = world.path('inventory.ndjson')
    const before = fs.readFileSync(inventory)
    const { stderr } = await world.run(PACKREPORT, [...options(world, inventory), '--cache', inventory], { status: 0 })
    assert.match(stderr, /it is not the cache of a count; it is left as it is/)
    assert.deepEqual(fs.readFileSync(inventory), before)
  }))

  test('two at once both count right, and leave a cache that is whole', inWorld(async world => {
    const lines = furnish(world)
    world.write('other.ndjson', `${lines.slice(0, 500).join('\n')}\n`)
    const wanted = new Map()
    for (const name of ['inventory.ndjson', 'other.ndjson']) {
      wanted.set(name, (await world.run(PACKREPORT, options(world, world.path(name)), { status: 0 })).stdout)
    }
    for (let round = 0; round < 5; round++) {
      await Promise.all([...wanted].map(async ([name, stdout]) => {
        const run = await world.run(PACKREPORT, [...options(world, world.path(name)), '--cache', world.path('cache')], { status: 0 })
        assert.equal(run.stdout, stdout)
        assert.doesNotMatch(run.stderr, /warning: the cache/)
      }))
    }
    assert.ok((await count(world, world.path('other.ndjson'))).reused === 500)
    assert.deepEqual(fs.readdirSync(path.dirname(world.path('cache'))).filter(name => name.startsWith('cache')), ['cache'])
  }))
})
