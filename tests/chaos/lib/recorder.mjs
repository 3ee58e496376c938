// SPDX-License-Identifier: MIT
//
// Follows `events` of one partition as a producer would that wants to know of each change: without a fault in between but Redis'
// own.
import { eventually } from '../../flow/lib/harness.mjs'

const PAUSE_MS = 50

const isNewer = (id, than) => {
  const [[ms, n], [otherMs, otherN]] = [id, than].map(text => text.split('-').map(Number))
  return ms > otherMs || ms === otherMs && n > otherN
}

export class Recorder {
  events = []

  constructor(client, key) {
    this.client = client
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
      return newest && !isNewer(newest[0]?.[0] ?? '0-0', this.last) // what a failover lost may be newer than what there is
    })
    this.isStopped = true
    await this.ended
    this.client.disconnect()
  }
}
