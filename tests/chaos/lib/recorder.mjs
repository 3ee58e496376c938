// SPDX-License-Identifier: MIT
//
// Follows `events` as a producer would that wants to know of each change: without a fault in between but Redis' own.
import { eventually } from '../../flow/lib/harness.mjs'
import { honestClient } from './redis.mjs'

const PAUSE_MS = 50

export class Recorder {
  events = []

  constructor(target, key) {
    this.client = honestClient(target)
    this.key = key
    this.last = '0-0'
  }

  start() { this.ended = this.follow() }

  async follow() {
    while (!this.isStopped) {
      const reply = await this.client.xread('COUNT', 1000, 'STREAMS', this.key, this.last).catch(() => null)
      for (const [id] of reply?.[0][1] ?? []) {
        this.events.push({ id })
        this.last = id
      }
      if (!reply) await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }

  // Whoever follows sees what was written before this call.
  async stop() {
    await eventually('all events are read', async () => {
      const newest = await this.client.xrevrange(this.key, '+', '-', 'COUNT', 1).catch(() => null)
      return newest && this.last === (newest[0]?.[0] ?? '0-0')
    })
    this.isStopped = true
    await this.ended
    this.client.disconnect()
  }
}
