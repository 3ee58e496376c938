// SPDX-License-Identifier: MIT
//
// Random draws that a seed decides, by splitmix32.

function hash(text) {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}

export class Draw {
  constructor(seed) {
    this.seed = String(seed)
    this.state = hash(this.seed)
  }

  // Draws of their own for one part, so that how fast one part draws changes nothing for the others.
  fork(name) { return new Draw(`${this.seed}/${name}`) }

  // 0 <= value < 1
  unit() {
    this.state = (this.state + 0x9e3779b9) >>> 0
    let value = this.state
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97)
    return ((value ^ (value >>> 15)) >>> 0) / 2 ** 32
  }

  // low <= value <= high
  whole(low, high) { return low + Math.floor(this.unit() * (high - low + 1)) }
  chance(share) { return this.unit() < share }
  pick(list) { return list[Math.floor(this.unit() * list.length)] }

  // One name of an object of weights.
  weighted(weights) {
    let left = this.unit() * Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    for (const [name, weight] of Object.entries(weights)) {
      left -= weight
      if (left < 0) return name
    }
    return Object.keys(weights).at(-1)
  }
}
