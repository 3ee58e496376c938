// SPDX-License-Identifier: MIT
//
// What is left when all is over: the keys of Redis and the folders of the store, as plain JSON.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const VALUES = { hash: (redis, key) => redis.hgetall(key), string: (redis, key) => redis.get(key) }

const KEYS_AT_ONCE = 500

async function readKey(redis, key) {
  const type = await redis.type(key)
  const [ttl, value] = await Promise.all([redis.pttl(key), VALUES[type]?.(redis, key) ?? null])
  return { type, ttl, value }
}

// Of the keys `names` those of one partition, with `strangers`, which are nobody's.
export async function readKeys(redis, prefix, names, strangers) {
  const keys = {}
  const own = [...names.filter(name => name.startsWith(prefix)), ...strangers]
  for (let at = 0; at < own.length; at += KEYS_AT_ONCE) {
    const some = own.slice(at, at + KEYS_AT_ONCE)
    const values = await Promise.all(some.map(name => readKey(redis, name)))
    some.forEach((name, n) => { keys[name] = values[n] })
  }
  return { prefix, keys, unanswered: await redis.xlen(`${prefix}requests`) }
}

const list = folder => fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []

function readReport(folder) {
  const files = list(folder).map(name => {
    const bytes = fs.readFileSync(path.join(folder, name))
    return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
  let manifest = null
  try {
    manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
  } catch { /* none that could be read; the checker says so */ }
  return { files, manifest }
}

// <root>/<account>/<pack>/<report>/<fence>/<file>
export function readStore(root) {
  const found = { folders: [], staging: list(path.join(root, '.staging')), strangers: [] }
  const visit = names => {
    const at = path.join(root, ...names)
    if (names.length < 4) {
      for (const name of list(at)) {
        if (names.length === 0 && name === '.staging') continue
        if (fs.statSync(path.join(at, name)).isDirectory()) visit([...names, name])
        else found.strangers.push([...names, name].join('/'))
      }
      return
    }
    const [account, pack, report, fence] = names
    found.folders.push({ account, pack, report, fence, ...readReport(at) })
  }
  visit([])
  return found
}
