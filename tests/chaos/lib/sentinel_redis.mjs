// SPDX-License-Identifier: MIT
//
// The topology "a master with two replicas, kept by three Sentinels"; see single_redis.mjs for what the test knows of it.
import { eventually } from '../../flow/lib/harness.mjs'
import { MASTER_NAME, SentinelWorld } from '../../flow/lib/sentinels.mjs'
import { lineageOf } from './lineage.mjs'
import { honestClient, talk } from './redis.mjs'
import { Beat, MARK, SERVER_ARGUMENTS, SETTLE_MS, isInStep, limitMemory, readLogs, signal } from './servers.mjs'
import { Wires } from './wires.mjs'

const DOWN_AFTER_MS = 2000 // for a machine that has other things to do
const HOST = '127.0.0.1'
// A Sentinel makes a master of the past a replica after four of its periods; the usual ones are made for patient people.
const HASTE = ['SENTINEL', 'DEBUG', 'publish-period', '500', 'info-period', '1000', 'slave-reconf-timeout', '3000']

export class SentinelRedis {
  settings = { 'redis.wait_replicas': '2', 'redis.wait_timeout': '100ms' }
  restS = 8 // of the servers: what a failover and the return of the old master take

  constructor(world) {
    this.world = world
    this.sentinels = new SentinelWorld(world, { nodeArgs: SERVER_ARGUMENTS })
  }

  get nodes() { return this.sentinels.nodes }
  get ports() { return [...this.nodes.keys()] }
  client() { return honestClient({ sentinels: this.sentinels.sentinels.map(port => ({ host: HOST, port })), name: MASTER_NAME }) }

  async start() {
    this.master = await this.sentinels.start({ downAfterMs: DOWN_AFTER_MS })
    for (const port of this.sentinels.sentinels) await this.hasten(port)
    this.sentinels.connect()
    this.world.place = this.sentinels.settings()
    this.world.cliPlace = ['--config', this.world.write('where.ini', this.world.settings())]
    this.beat = new Beat(this.ports.map(port => ({ port, key: `${MARK}beat` })))
    this.world.closers.push(() => this.beat.stop())
    await this.heal()
  }

  async hasten(port) { await eventually(`the Sentinel on ${port} listens`, async () => await talk(port, HASTE) !== null) }

  async wire() {
    const { sentinels } = this.sentinels
    const wires = await new Wires([...this.ports, ...sentinels], addressOf => ({
      ...this.sentinels.settings(), 'redis.sentinels': sentinels.map(addressOf).join(', '),
    })).open()
    this.world.closers.push(() => wires.close())
    return wires
  }

  get faults() {
    const end = () => this.heal()
    const replica = ({ which }) => this.pick(this.ports.filter(port => port !== this.master), which)
    return {
      master_kill: { weight: 6, seconds: [0, 5], begin: () => this.nodes.get(this.master).end('SIGKILL'), end },
      master_shutdown: { weight: 4, seconds: [0, 1], begin: () => this.shutDown(), end },
      master_pause: { weight: 5, seconds: [0.5, 6], begin: () => signal(this.nodes, this.master, 'SIGSTOP'), end },
      replica_kill: { weight: 3, seconds: [0, 2], begin: fault => this.nodes.get(replica(fault)).end('SIGKILL'), end },
      sentinel_failover: { weight: 6, seconds: [0.5, 2], begin: fault => this.failOver(fault), end },
      sentinel_kill: { weight: 2, seconds: [0, 3], begin: fault => this.endSentinel(fault), end },
      redis_full: { weight: 3, seconds: [0.3, 2.5], begin: () => limitMemory([this.master], 1), end: () => this.heal() },
    }
  }

  pick(list, which) { return list[Math.floor(which * list.length)] }

  async failOver({ which }) {
    const port = this.pick(this.sentinels.sentinels, which)
    // NOGOODSLAVE, INPROG: it has to look at the replicas again first.
    await eventually('a Sentinel begins a failover', async () => await talk(port, ['SENTINEL', 'FAILOVER', MASTER_NAME]) !== null, { intervalMs: 200 })
    await this.isReplaced()
  }

  // A master that came back at once could be one beside that which Sentinel is just making.
  async shutDown() {
    await this.nodes.get(this.master).end('SIGTERM')
    await this.isReplaced()
  }

  async isReplaced() {
    await eventually('another server is the master', async () => {
      const master = await this.sentinels.master()
      return master && master !== this.master
    }, { intervalMs: 50 })
  }

  async endSentinel({ which }) {
    await this.sentinels.sentinelProcesses.get(this.pick(this.sentinels.sentinels, which)).end('SIGKILL')
  }

  // As with a redis.conf that Sentinel has rewritten, a server comes back as a replica when there is another master.
  async revive(port) {
    const process = this.nodes.get(port)
    if (process.isRunning) {
      process.kill('SIGCONT')
      return
    }
    const master = await this.sentinels.master()
    await this.sentinels.startNode(port, master && master !== port ? ['--replicaof', `${HOST} ${master}`] : [])
  }

  async isWell() {
    const named = []
    for (const port of this.sentinels.sentinels) {
      const said = (await talk(port, ['SENTINEL', 'MASTER', MASTER_NAME]))?.[0] ?? []
      const of = name => said[said.indexOf(name) + 1]
      // Another flag: it is down to this Sentinel, or a failover has begun.
      if (of('flags') !== 'master') return false
      named.push(Number(of('port')))
    }
    if (!named.every(port => port && port === named[0])) return false
    this.master = named[0]
    return isInStep(this.master, this.ports.filter(port => port !== this.master), [`${MARK}mark`])
  }

  // Until all is as it was, with a master that may be another: so that a fault is over when the next begins, and what is lost
  // is lost by one of them.
  async heal() {
    for (const port of this.ports) await this.revive(port)
    for (const [port, process] of this.sentinels.sentinelProcesses) {
      if (process.isRunning) continue
      this.sentinels.startSentinel(port)
      await this.hasten(port)
    }
    await limitMemory(this.ports, 0)
    await eventually('a master and its replicas are well', () => this.isWell(), { deadlineMs: SETTLE_MS, intervalMs: 200 })
  }

  async allKeys() { return (await this.world.redis.keys('*')).filter(key => !key.startsWith(MARK)) }

  async end() {
    this.beat.stop()
    for (const process of this.sentinels.sentinelProcesses.values()) await process.end('SIGKILL')
    for (const port of this.ports.filter(one => one !== this.master)) await this.nodes.get(port).end('SIGTERM')
    await this.nodes.get(this.master).end('SIGTERM')
  }

  partitions() {
    const { steps, lost } = lineageOf(readLogs(this.world, this.ports), this.master)
    const ofQueue = all => all.filter(([[, key]]) => !key.startsWith(MARK))
    return [{ number: 0, effects: ofQueue(steps), lost: lost.map(one => ({ ...one, steps: ofQueue(one.steps) })), whileMoving: [] }]
  }
}
