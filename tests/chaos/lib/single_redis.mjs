// SPDX-License-Identifier: MIT
//
// The topology "one Redis with an append-only file". What the rest of the test knows of a topology:
//   start(), end()            all servers
//   wire()                    a Proxy for one daemon, its `address` being what the daemon is told
//   target                    where to connect to without a fault in between, as ioredis and net.connect take it
//   where                     the same as the command line's --redis
//   faults                    {<name>: {weight, seconds: [least, most], begin(fault), end(fault)}} of the servers
//   heal()                    ends all faults of the servers
//   effects()                 every write, see log_of_writes.mjs; after end()
import { eventually } from '../../flow/lib/harness.mjs'
import { readLogOfWrites } from './log_of_writes.mjs'
import { Proxy } from './proxy.mjs'

const ARGUMENTS = ['--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0', '--maxmemory-policy', 'noeviction',
  '--shutdown-timeout', '0']

export class SingleRedis {
  constructor(world) {
    this.world = world
    world.redisArgs = ARGUMENTS
  }

  get target() { return { path: this.world.socket } }
  get where() { return `unix:${this.world.socket}` }

  async start() { await this.world.startRedis() }

  async wire() {
    const proxy = await new Proxy(this.target).open()
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

  async end() { await this.world.redisServer.end('SIGTERM') }
  effects() { return readLogOfWrites(this.world.path('redis/appendonlydir')) }
}
