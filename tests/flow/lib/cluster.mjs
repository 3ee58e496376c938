// SPDX-License-Identifier: MIT
//
// A Redis Cluster of three masters with a replica each on loopback ports, for the black-box tests. It ends with its world.
import fs from 'node:fs'
import Redis from 'ioredis'
import { World, eventually, partitionOf } from './harness.mjs'
import { ask, freePort } from './sentinels.mjs'

export const slotOf = partition => partitionOf(String(partition), 16384) // of the hash tag {<partition>}

export class ClusterWorld {
  // `nodeArgs`: for each node, after those below, which they override.
  constructor(world, { nodeArgs = [] } = {}) {
    this.world = world
    this.nodeArgs = nodeArgs
    this.nodes = new Map() // port -> process
    this.busPorts = new Map() // port -> port for the other nodes
  }

  // Also one that ended, with what it had.
  async startNode(port) {
    const data = this.world.path(`node-${port}`)
    fs.mkdirSync(data, { recursive: true })
    if (!this.busPorts.has(port)) this.busPorts.set(port, await freePort())
    const bus = this.busPorts.get(port)
    this.nodes.set(port, this.world.start('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--appendonly', 'yes',
      '--save', '', '--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000',
      '--repl-diskless-sync-delay', '0', '--loglevel', 'warning', ...this.nodeArgs]))
    await eventually(`the node on ${port} answers`, async () => await ask(port, 'PING') === 'PONG')
    return port
  }

  async start() {
    const ports = []
    for (let n = 0; n < 6; n++) ports.push(await this.startNode(await freePort()))
    await this.world.run('redis-cli', ['--cluster', 'create', ...ports.map(port => `127.0.0.1:${port}`), '--cluster-replicas', '1', '--cluster-yes'])
    for (const port of ports) {
      await eventually(`${port} finds the cluster well`, async () => /cluster_state:ok[^]*cluster_known_nodes:6/.test(await ask(port, 'CLUSTER', 'INFO') ?? ''))
    }
    await eventually('each master has its replica in step', async () => {
      const masters = (await this.table()).filter(node => node.isMaster)
      const seen = await Promise.all(masters.map(async node => /slave0:[^\n]*state=online/.test(await ask(node.port, 'INFO', 'replication') ?? '')))
      return masters.length === 3 && seen.every(Boolean)
    })
    this.ports = ports
    // Not all nodes: the others have to be found.
    const seeds = ports.slice(0, 2).map(port => `127.0.0.1:${port}`).join(', ')
    this.world.place = { 'redis.cluster': seeds }
    this.world.cliPlace = ['--cluster', seeds]
    this.world.redis = new Redis.Cluster(ports.map(port => ({ host: '127.0.0.1', port })), { slotsRefreshTimeout: 5000, maxRedirections: 64,
      retryDelayOnTryAgain: 100, retryDelayOnClusterDown: 200, retryDelayOnFailover: 200, clusterRetryStrategy: () => 100, redisOptions: { maxRetriesPerRequest: null } })
    this.world.redis.on('error', () => {})
    this.world.clients.push(this.world.redis)
  }

  // The nodes as a living one sees them.
  async table() {
    for (const [port, node] of this.nodes) {
      const text = node.isRunning ? await ask(port, 'CLUSTER', 'NODES') : null
      if (!text) continue
      return text.trim().split('\n').map(line => {
        const [id, address, flags, masterId, , , , link, ...slots] = line.split(' ')
        return { id, port: Number(/:(\d+)@/.exec(address)[1]), isMaster: flags.includes('master') && !flags.includes('fail'), isDown: flags.includes('fail') || link === 'disconnected' && !flags.includes('myself'),
          masterId, ranges: slots.filter(range => !range.startsWith('[')).map(range => range.split('-').map(Number)) }
      })
    }
    throw new Error('no node lives')
  }

  async masterOf(slot) {
    return (await this.table()).find(node => node.isMaster && node.ranges.some(([first, last = first]) => slot >= first && slot <= last))
  }

  async replicaOf(master) {
    return (await this.table()).find(node => node.masterId === master.id && !node.isDown)
  }

  // As `redis-cli --cluster reshard` does it, and it stays half moved for a while. `onBegun(from, to)` is called when no script
  // can run any more, `onMoved(from, to)` before one can again.
  async moveSlot(slot, halfMovedMs = 0, { onBegun = async () => {}, onMoved = async () => {} } = {}) {
    const from = await this.masterOf(slot)
    const to = (await this.table()).filter(node => node.isMaster && node.id !== from.id)[slot % 2]
    const say = async (port, ...words) => {
      const client = new Redis({ host: '127.0.0.1', port, retryStrategy: null, enableReadyCheck: false })
      client.on('error', () => {})
      try { return await client.call(...words) } finally { client.disconnect() }
    }
    await say(to.port, 'CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', from.id)
    await say(from.port, 'CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', to.id)
    await onBegun(from, to)
    for (let step = 0; ; step++) {
      const keys = await say(from.port, 'CLUSTER', 'GETKEYSINSLOT', String(slot), '10')
      if (keys.length === 0) break
      await say(from.port, 'MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys)
      if (step === 0) await new Promise(resolve => setTimeout(resolve, halfMovedMs))
    }
    await onMoved(from, to)
    for (const port of [to.port, from.port]) await say(port, 'CLUSTER', 'SETSLOT', String(slot), 'NODE', to.id)
    return { from, to }
  }

  // The keys of a slot, wherever they are: nothing may be on two nodes.
  async scatteredKeys(slot) {
    const masters = (await this.table()).filter(node => node.isMaster)
    const counts = await Promise.all(masters.map(node => ask(node.port, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))))
    return counts.filter(count => count > 0).length
  }
}

// Runs `body` in a world of its own with a cluster.
export function inCluster(partitions, body) {
  return async t => {
    const world = new World()
    world.partitions = partitions
    try {
      const cluster = new ClusterWorld(world)
      await cluster.start()
      await body(world, cluster, t)
    } finally {
      await world.end()
    }
  }
}
