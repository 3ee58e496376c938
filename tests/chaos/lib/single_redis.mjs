// SPDX-License-Identifier: MIT
//
// The topology "one Redis with an append-only file". What the rest of the test knows of a topology:
//   start(), end()            all servers; start() also sets where the world's own helpers find the queue
//   wire()                    what is between one daemon and the servers: a Proxy, or something like it, whose `place` is what the
//                             daemon is told
//   client()                  an honest client (redis.mjs) without a fault in between
//   settings                  of the daemons, besides all others
//   faults                    {<name>: {weight, seconds: [least, most], begin(fault), end(fault)}} of the servers; `which` of a
//                             fault, 0 <= which < 1, chooses whom it hits
//   restS                     how long after a fault's end the next one may come, in seconds
//   heal()                    ends all faults of the servers
//   allKeys()                 the names of all keys
//   partitions()              after end(): of each partition {number, effects, lost, whileMoving}. effects: every write, see
//                             log_of_writes.mjs; lost: [{node, steps}], what a failover lost (lineage.mjs); whileMoving: what was
//                             written while the slot was on its way, besides requests
import { eventually } from '../../flow/lib/harness.mjs'
import { readLogOfWrites } from './log_of_writes.mjs'
import { Proxy } from './proxy.mjs'
import { honestClient } from './redis.mjs'

const ARGUMENTS = ['--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0', '--maxmemory-policy', 'noeviction',
  '--shutdown-timeout', '0']

export class SingleRedis {
  settings = {}
  restS = 1.5

  constructor(world) {
    this.world = world
    world.redisArgs = ARGUMENTS
  }

  client() { return honestClient({ path: this.world.socket }) }

  async start() { await this.world.startRedis() }

  async wire() {
    const proxy = await new Proxy({ path: this.world.socket }).open()
    this.world.closers.push(() => proxy.close())
    return proxy
  }

  get faults() {
    return {
      redis_kill: { weight: 5, seconds: [0, 0.6], begin: () => this.stop('SIGKILL'), end: () => this.restart() },
      redis_shutdown: { weight: 2, seconds: [0, 0.6], begin: () => this.stop('SIGTERM'), end: () => this.restart() },
      redis_pause: { weight: 5, seconds: [0.2, 2], begin: () => this.signal('SIGSTOP'), end: () => this.signal('SIGCONT') },
      redis_full: { weight: 5, seconds: [0.3, 2.5], begin: () => this.limitMemory(1), end: () => this.limitMemory(0) },
    }
  }

  signal(signal) { this.world.redisServer.kill(signal) }
  async stop(signal) { await this.world.redisServer.end(signal) }
  async restart() { if (!this.world.redisServer.isRunning) await this.start() }

  // Bytes; 0 is no limit.
  async limitMemory(bytes) {
    await eventually('Redis takes a setting', async () =>
      (await this.world.redis.config('SET', 'maxmemory', String(bytes)).catch(() => null)) === 'OK')
  }

  async heal() {
    this.signal('SIGCONT')
    await this.restart()
    await this.limitMemory(0)
  }

  async allKeys() { return this.world.redis.keys('*') }
  async end() { await this.world.redisServer.end('SIGTERM') }
  partitions() { return [{ number: 0, effects: readLogOfWrites(this.world.path('redis/appendonlydir')), lost: [], whileMoving: [] }] }
}
