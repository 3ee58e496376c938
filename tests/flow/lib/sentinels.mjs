// SPDX-License-Identifier: MIT
//
// A master, its replicas and its Sentinels on loopback ports, for the black-box tests. All end with their world.
import fs from 'node:fs'
import net from 'node:net'
import Redis from 'ioredis'
import { REDIS_SERVER, eventually } from './harness.mjs'

export const MASTER_NAME = 'main'

export async function freePort() {
  const server = net.createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

export async function ask(port, ...command) {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(...command)
  } catch {
    return null
  } finally {
    client.disconnect()
  }
}

export class SentinelWorld {
  // `nodeArgs`: for each server, after those below, which they override.
  constructor(world, { nodeArgs = [] } = {}) {
    this.world = world
    this.nodeArgs = nodeArgs
    this.nodes = new Map() // port -> process
    this.sentinels = []
    this.sentinelProcesses = new Map() // port -> process
  }

  async startNode(port, args = []) {
    const data = this.world.path(`node-${port}`)
    fs.mkdirSync(data, { recursive: true })
    const node = this.world.start(REDIS_SERVER, ['--port', String(port), '--bind', '127.0.0.1', '--dir', data, '--appendonly', 'yes',
      '--save', '', '--min-replicas-to-write', '1', '--min-replicas-max-lag', '10', '--repl-diskless-sync-delay', '0',
      '--loglevel', 'warning', ...this.nodeArgs, ...args])
    this.nodes.set(port, node)
    await eventually(`the server on ${port} answers`, async () => await ask(port, 'PING') === 'PONG')
    return port
  }

  async start({ replicas = 2, sentinels = 3, downAfterMs = 1000 } = {}) {
    const master = await this.startNode(await freePort())
    for (let n = 0; n < replicas; n++) await this.startNode(await freePort(), ['--replicaof', `127.0.0.1 ${master}`])
    await eventually('the replicas are in step', async () =>
      new RegExp(`min_slaves_good_slaves:${replicas}`).test(await ask(master, 'INFO', 'replication')))
    for (let n = 0; n < sentinels; n++) {
      const port = await freePort()
      const file = this.world.write(`sentinel-${port}/sentinel.conf`, `port ${port}\nbind 127.0.0.1\nsentinel monitor ${MASTER_NAME} 127.0.0.1 ${master} 2\n` +
        `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}\nsentinel failover-timeout ${MASTER_NAME} 5000\n`)
      this.startSentinel(port, file)
      this.sentinels.push(port)
    }
    for (const port of this.sentinels) {
      await eventually(`the Sentinel on ${port} knows all others`, async () =>
        new RegExp(`slaves=${replicas},sentinels=${sentinels}`).test(await ask(port, 'INFO', 'sentinel')), { intervalMs: 100 })
    }
    return master
  }

  // Also one that ended: it has kept in its file what it knew.
  startSentinel(port, file = this.world.path(`sentinel-${port}/sentinel.conf`)) {
    this.sentinelProcesses.set(port, this.world.start(REDIS_SERVER, [file, '--sentinel']))
  }

  async master() {
    for (const port of this.sentinels) {
      const address = await ask(port, 'SENTINEL', 'get-master-addr-by-name', MASTER_NAME)
      if (address) return Number(address[1])
    }
    return null
  }

  // A master that Sentinel names, that says it is one, and that takes writes.
  async writableMaster(butNot) {
    const port = await this.master()
    if (!port || port === butNot) return null
    return await ask(port, 'SET', 'probe', '1') === 'OK' ? port : null
  }

  settings() {
    return { 'redis.address': '127.0.0.1:6379', 'redis.sentinels': this.sentinels.map(port => `127.0.0.1:${port}`).join(', '), 'redis.master_name': MASTER_NAME }
  }

  // What the world's own helpers (submit, answer) speak to: the master of the moment.
  connect() {
    const client = new Redis({ sentinels: this.sentinels.map(port => ({ host: '127.0.0.1', port })), name: MASTER_NAME,
      sentinelRetryStrategy: () => 100, retryStrategy: () => 100, reconnectOnError: error => /^READONLY/.test(error.message) ? 2 : false,
      maxRetriesPerRequest: null })
    client.on('error', () => {})
    this.world.clients.push(client)
    this.world.redis = client
  }
}
