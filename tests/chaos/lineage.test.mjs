// SPDX-License-Identifier: MIT
//
// What several servers wrote down, by hand: the history that won, and what was lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineageOf } from './lib/lineage.mjs'
import { partitionOfShards } from './lib/moved.mjs'

const NOW = 1700000000000
// '-' is a key that expires again and again.
const steps = text => text.split('').map(name => name === '-' ? [['DEL', 'k', '-']] : [['SET', 'k', name, 'PXAT', String(NOW + name.codePointAt(0))]])
const text = all => all.map(([[, , value]]) => value).join('')

// `servers`: {a: 'abc|cd'}, each letter a step, with a bar where the server gave up its data for its master's.
function lineage(servers, master) {
  const logs = Object.entries(servers).map(([node, pieces]) => ({ node, pieces: pieces.split('|').map(steps) }))
  const { steps: all, lost } = lineageOf(logs, master)
  return [text(all), ...lost.map(one => `${one.node}:${text(one.steps)}`)]
}

test('a master alone, and one with a replica that follows', () => {
  assert.deepEqual(lineage({ a: 'abcd' }, 'a'), ['abcd'])
  assert.deepEqual(lineage({ a: 'abcd', b: '|bcd' }, 'a'), ['abcd'])
})

test('a replica takes over, and its master comes back empty-handed', () => {
  assert.deepEqual(lineage({ a: 'abcd', b: '|bcdef' }, 'b'), ['abcdef'])
  assert.deepEqual(lineage({ a: 'abcdxy|ef', b: '|bcdef' }, 'b'), ['abcdef', 'a:xy'])
  assert.deepEqual(lineage({ a: 'abcdxy|efg', b: '|bcdef' }, 'a'), ['abcdefg', 'a:xy'], 'and is the master again')
})

test('a demoted master that goes on without a new copy has lost nothing', () => {
  assert.deepEqual(lineage({ a: 'abcdef', b: '|bcdef' }, 'b'), ['abcdef'])
})

test('two servers lost the same: the longer of it is told', () => {
  assert.deepEqual(lineage({ a: 'abcxyz|ef', b: '|bcef', c: '|bcx|ef' }, 'b'), ['abcef', 'a:xyz'])
})

test('a copy of what was lost is lost as well', () => {
  assert.deepEqual(lineage({ a: 'abcxyz|ef', b: '|bcef', c: '|yz|f' }, 'b'), ['abcef', 'a:xyz', 'c:yz'])
})

test('a master over several changes', () => {
  assert.deepEqual(lineage({ a: 'abcX|fgY|k', b: '|bcdefgh', c: '|cdefghijk' }, 'c'), ['abcdefghijk', 'a:X', 'a:Y'])
})

test('keys that expire join nothing', () => {
  assert.deepEqual(lineage({ a: 'ab-cd-efX|gh', b: '|-cd-efgh', c: '|-efgh' }, 'b'), ['ab-cd-efgh', 'a:X'])
  assert.throws(() => lineage({ a: 'ab-cd', b: '|-xy' }, 'b'), /is in no log/)
})

test('data that is in no log is an error, not a guess', () => {
  assert.throws(() => lineage({ a: 'abc', b: '|xyz' }, 'b'), /is in no log/)
})

// Of partition 1; '<' and '>' are the marks of its first move, '(' and ')' those of the second.
const MARKS = { '<': 'leaves 1', '>': 'arrives 1', '(': 'leaves 2', ')': 'arrives 2', '.': '1700000000000' }
const key = name => `p:{1}:${name}`
function shard(all) {
  return { lost: [], steps: all.split('').map(name => {
    if (MARKS[name]) return [['SET', 'chaos:{1}:mark', MARKS[name]]]
    if (name === 'R') return [['RESTORE-ASKING', key('k'), '0', 'dump']]
    if (name === 'D') return [['DEL', key('k'), key('l')]]
    if (name === 'o') return [['SET', 'p:{2}:k', 'another partition']]
    if (/\d/.test(name)) return [['XADD', key('requests'), `${name}-0`]]
    return [['SET', key('k'), name]]
  }) }
}
function moved(...shards) {
  const { effects, whileMoving } = partitionOfShards(shards.map(shard), 1, 'chaos:')
  const names = all => all.map(([[command, , value]]) => command === 'XADD' ? value[0] : value).join('')
  return [names(effects), names(whileMoving)]
}

test('a partition that stays, and one that moves, with requests that come meanwhile', () => {
  assert.deepEqual(moved('.aobo', 'o'), ['ab', ''])
  assert.deepEqual(moved('.ab<1DD', 'oRR2>cd'), ['ab12cd', ''])
  assert.deepEqual(moved('R>cd', '.ab<D'), ['abcd', ''])
})

test('a partition that comes back', () => {
  assert.deepEqual(moved('.ab<1DDR3)ef', 'RR2>cd(DD'), ['ab12cd3ef', ''])
})

test('what a script writes while the slot is half moved is told', () => {
  assert.deepEqual(moved('.ab<xD', 'Ry>c'), ['abxyc', 'xy'])
})
