// SPDX-License-Identifier: MIT
//
// Redis as its log of writes leaves it: hashes, sorted sets, and which keys expire. Streams are not kept, their entries are read
// from the log by who needs them. A command that is not known here is an error: guessing would make every later check worthless.
// Time plays no part, because Redis writes it down (DEL) when a key has expired.

const IGNORED = new Set(['SELECT', 'XADD', 'XDEL', 'XTRIM', 'XACK', 'XCLAIM', 'XGROUP', 'XSETID'])

// Options of ZADD, which come before the first score.
const ZADD_OPTIONS = new Set(['NX', 'XX', 'GT', 'LT', 'CH'])

export class Replay {
  hashes = new Map()
  zsets = new Map()
  strings = new Map()
  expiring = new Set()

  hash(key) { return this.hashes.get(key) ?? new Map() }
  zset(key) { return this.zsets.get(key) ?? new Map() }

  apply([name, key, ...args]) {
    const command = name.toUpperCase()
    if (IGNORED.has(command)) return
    const apply = this[`on${command}`]
    if (!apply) throw new Error(`the checker does not know the command ${[command, key, ...args].join(' ').slice(0, 200)}`)
    apply.call(this, key, args)
  }

  made(map, key) {
    if (!map.has(key)) map.set(key, new Map())
    return map.get(key)
  }

  removeMembers(map, key, members) {
    const found = map.get(key)
    if (!found) return
    for (const member of members) found.delete(member)
    if (found.size === 0) this.onDEL(key, [])
  }

  onHSET(key, args) {
    const hash = this.made(this.hashes, key)
    for (let i = 0; i < args.length; i += 2) hash.set(args[i], args[i + 1])
  }

  onHINCRBY(key, [field, by]) {
    const hash = this.made(this.hashes, key)
    hash.set(field, String(Number(hash.get(field) ?? 0) + Number(by)))
  }

  onHDEL(key, fields) { this.removeMembers(this.hashes, key, fields) }

  onZADD(key, args) {
    const options = args.findIndex(text => !ZADD_OPTIONS.has(text.toUpperCase()))
    const isGreaterOnly = args.slice(0, options).some(text => text.toUpperCase() === 'GT')
    const zset = this.made(this.zsets, key)
    for (let i = options; i < args.length; i += 2) {
      const score = Number(args[i])
      if (!isGreaterOnly || !(zset.get(args[i + 1]) > score)) zset.set(args[i + 1], score)
    }
  }

  onZREM(key, members) { this.removeMembers(this.zsets, key, members) }

  // Lowest score first, equal ones in the order of their bytes.
  onZPOPMIN(key, [count = '1']) {
    const sorted = [...this.zset(key)].sort(([a, x], [b, y]) => x - y || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    this.removeMembers(this.zsets, key, sorted.slice(0, Number(count)).map(([member]) => member))
  }

  onSET(key, [value, ...options]) {
    this.strings.set(key, value)
    if (options.length > 0) this.expiring.add(key)
    else this.expiring.delete(key)
  }

  onSETNX(key, [value]) { if (!this.strings.has(key)) this.strings.set(key, value) }
  onINCRBY(key, [by]) { this.strings.set(key, String(Number(this.strings.get(key) ?? 0) + Number(by))) }
  onPEXPIREAT(key) { this.expiring.add(key) }
  onUNLINK(key, more) { this.onDEL(key, more) }

  onDEL(key, more) {
    for (const name of [key, ...more]) {
      for (const kind of [this.hashes, this.zsets, this.strings, this.expiring]) kind.delete(name)
    }
  }
}
