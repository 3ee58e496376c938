// SPDX-License-Identifier: MIT
//
// The topology "a cluster of three masters with a replica each"; see single_redis.mjs for what the test knows of it.
import { ClusterWorld, slotOf } from '../../flow/lib/cluster.mjs'
import { eventually, partitionOf } from '../../flow/lib/harness.mjs'
import { lineageOf } from './lineage.mjs'
import { partitionOfShards } from './moved.mjs'
import { honestClusterClient, talk } from './redis.mjs'
import { Beat, MARK, SERVER_ARGUMENTS, SETTLE_MS, isInStep, limitMemory, readLogs, signal } from './servers.mjs'
import { Wires } from './wires.mjs'

const PARTITIONS = 4 // on all masters
const CLUSTER_ARGUMENTS = ['--cluster-allow-replica-migration', 'no', '--cluster-require-full-coverage', 'no', '--cluster-migration-barrier', '1']

const markOf = partition => `${MARK}{${partition}}:mark`

export class ClusterRedis {
  settings = { 'redis.wait_replicas': '1', 'redis.wait_timeout': '100ms' }
  restS = 6 // of the nodes: what a failover and the return of the old master take
  moves = 0

  constructor(world) {
    this.world = world
    world.partitions = PARTITIONS
    this.cluster = new ClusterWorld(world, { nodeArgs: [...SERVER_ARGUMENTS, ...CLUSTER_ARGUMENTS] })
  }

  get nodes() { return this.cluster.nodes }
  get ports() { return [...this.nodes.keys()] }
  client() { return honestClusterClient(this.ports) }

  async start() {
    await this.cluster.start()
    // A node stays in its shard, whichever of the two is the master.
    const table = await this.cluster.table()
    this.shards = table.filter(node => node.isMaster).map(master => ({
      master: master.port, ports: [master.port, ...table.filter(node => node.masterId === master.id).map(node => node.port)],
      beat: this.beatIn(master.ranges[0]),
    }))
    this.beat = new Beat(this.shards.flatMap(({ ports, beat: key }) => ports.map(port => ({ port, key }))))
    this.world.closers.push(() => this.beat.stop())
    await this.heal()
  }

  // A key of the shard in a slot that never moves.
  beatIn([first, last]) {
    for (let n = PARTITIONS; ; n++) {
      const slot = partitionOf(`b${n}`, 16384)
      if (slot >= first && slot <= last && !Array.from({ length: PARTITIONS }, (_, p) => slotOf(p)).includes(slot)) return `${MARK}{b${n}}:beat`
    }
  }

  async wire() {
    const wires = await new Wires(this.ports, addressOf => ({ 'redis.cluster': this.ports.map(addressOf).join(', ') })).open()
    this.world.closers.push(() => wires.close())
    return wires
  }

  get faults() {
    const end = () => this.heal()
    const shard = ({ which }) => this.shards[Math.floor(which * this.shards.length)]
    const master = fault => this.nodes.get(shard(fault).master)
    const replicaOf = ({ master: not, ports }) => ports.find(port => port !== not)
    return {
      master_kill: { weight: 6, seconds: [0, 5], begin: fault => master(fault).end('SIGKILL'), end },
      master_shutdown: { weight: 4, seconds: [0, 1], begin: fault => this.shutDown(shard(fault)), end },
      master_pause: { weight: 5, seconds: [0.5, 6], begin: fault => signal(this.nodes, shard(fault).master, 'SIGSTOP'), end },
      replica_kill: { weight: 3, seconds: [0, 2], begin: fault => this.nodes.get(replicaOf(shard(fault))).end('SIGKILL'), end },
      cluster_failover: { weight: 6, seconds: [0, 1], begin: fault => this.failOver(replicaOf(shard(fault))), end },
      reshard: { weight: 8, seconds: [0, 0.5], begin: fault => this.move(fault), end },
      redis_full: { weight: 3, seconds: [0.3, 2.5], begin: () => limitMemory(this.shards.map(one => one.master), 1), end },
    }
  }

  async failOver(port) {
    await eventually(`${port} begins a failover`, async () => await talk(port, ['CLUSTER', 'FAILOVER']) !== null, { intervalMs: 200 })
    await this.isMaster(port)
  }

  async isMaster(port) {
    await eventually(`${port} is a master`, async () => (await talk(port, ['ROLE']))?.[0][0] === 'master', { intervalMs: 50 })
  }

  // It comes back when its replica has taken over.
  async shutDown({ master, ports }) {
    await this.nodes.get(master).end('SIGTERM')
    await this.isMaster(ports.find(port => port !== master))
  }

  // A partition goes to another master. A mark in both logs says from where to where no script can have run.
  async move({ which }) {
    const partition = Math.floor(which * PARTITIONS)
    const halfMovedMs = Math.floor(which * PARTITIONS % 1 * 1500)
    const name = `${++this.moves}`
    const mark = text => ['SET', markOf(partition), `${text} ${name}`]
    const must = async (port, ...commands) => {
      if (!await talk(port, ...commands)) throw new Error(`${port} refused ${commands.at(-1).join(' ')}`)
    }
    await this.cluster.moveSlot(slotOf(partition), halfMovedMs, {
      onBegun: from => must(from.port, mark('leaves')), onMoved: (_, to) => must(to.port, ['ASKING'], mark('arrives')),
    })
  }

  // The shards as all nodes see them, or nothing while they do not agree.
  async view() {
    const views = new Set()
    for (const port of this.ports) {
      const nodes = (await talk(port, ['CLUSTER', 'NODES'], ['CLUSTER', 'INFO']))
      if (!nodes || !/cluster_state:ok/.test(nodes[1]) || /fail|handshake|disconnected/.test(nodes[0])) return null
      views.add(nodes[0].trim().split('\n').map(line => {
        const [id, , flags, masterId, , , , , ...slots] = line.split(' ')
        return [id, flags.replace('myself,', ''), masterId, ...slots.filter(range => !range.startsWith('['))].join(' ')
      }).sort().join('\n'))
    }
    return views.size === 1 ? this.cluster.table() : null
  }

  async isWell() {
    const table = await this.view()
    if (!table) return false
    for (const shard of this.shards) {
      const masters = table.filter(node => node.isMaster && shard.ports.includes(node.port))
      if (masters.length !== 1) return false
      shard.master = masters[0].port
      const marks = Array.from({ length: PARTITIONS }, (_, n) => n)
        .filter(n => masters[0].ranges.some(([first, last = first]) => slotOf(n) >= first && slotOf(n) <= last)).map(markOf)
      if (!await isInStep(shard.master, shard.ports.filter(port => port !== shard.master), marks)) return false
    }
    return true
  }

  // Until all is as it was, with masters that may be others: so that a fault is over when the next begins, and what is lost is lost
  // by one of them.
  async heal() {
    for (const port of this.ports) {
      if (this.nodes.get(port).isRunning) signal(this.nodes, port, 'SIGCONT')
      else await this.cluster.startNode(port)
    }
    await limitMemory(this.ports, 0)
    await eventually('all masters and replicas are well', () => this.isWell(), { deadlineMs: SETTLE_MS, intervalMs: 200 })
  }

  async allKeys() {
    const keys = []
    for (const { master } of this.shards) keys.push(...(await talk(master, ['KEYS', '*']))[0])
    return keys.filter(key => !key.startsWith(MARK))
  }

  async end() {
    this.beat.stop()
    for (const shard of this.shards) {
      for (const port of shard.ports.filter(one => one !== shard.master)) await this.nodes.get(port).end('SIGTERM')
      await this.nodes.get(shard.master).end('SIGTERM')
    }
  }

  partitions() {
    const shards = this.shards.map(({ master, ports }) => lineageOf(readLogs(this.world, ports), master))
    return Array.from({ length: PARTITIONS }, (_, number) => partitionOfShards(shards, number, MARK))
  }
}
