// SPDX-License-Identifier: MIT
//
// Everything that a run stands on: a world with Redis, an upstream, a disk for the store, and daemons. Ends with a history.
import fs from 'node:fs'
import path from 'node:path'
import { World, eventually } from '../../flow/lib/harness.mjs'
import { furnish, inventory } from '../../flow/lib/fixtures.mjs'
import { startMockSecMaster } from '../../support/mock-secmaster.mjs'
import { ClusterRedis } from './cluster_redis.mjs'
import { Disk } from './disk.mjs'
import { Fleet } from './fleet.mjs'
import { Recorder } from './recorder.mjs'
import { SentinelRedis } from './sentinel_redis.mjs'
import { SingleRedis } from './single_redis.mjs'
import { readKeys, readStore } from './snapshot.mjs'

// In a cluster each in a partition of its own.
export const ACCOUNTS = ['100000000000001', '100000000000002', '100000000000003', '100000000000004']
export const TOPOLOGIES = { single: SingleRedis, sentinel: SentinelRedis, cluster: ClusterRedis }
export const PACKS = Array.from({ length: 6 }, (_, n) => `pack-${n + 1}`)
export const LEASE_MS = 1000
const TOKEN = 'token-for-tests'
const RESOURCES = 20

// Short, so that many faults and their consequences fit into minutes. keep_count 0: no report is ever removed for its age.
const QUICK = {
  'queue.lease': `${LEASE_MS}ms`, 'redis.command_timeout': '500ms', 'redis.connect_timeout': '500ms', 'redis.block_timeout': '300ms',
  'worker.max_jobs': '4', 'worker.threads': '2', 'worker.sweep_interval': '200ms', 'worker.retry_base': '50ms',
  'worker.retry_cap': '500ms', 'worker.drain_timeout': '1s', 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes',
  'source.total_timeout': '1s', 'source.connect_timeout': '500ms', 'store.keep_count': '0',
}

export class Bench {
  troubles = []
  faults = []
  serverFaults = [] // {kind, from, over, to}, in ms

  // `programs`: of the daemons, by path. `redis`: one of TOPOLOGIES.
  constructor({ programs, redis = 'single' }) {
    this.world = new World()
    this.topology = new TOPOLOGIES[redis](this.world)
    this.fleet = new Fleet(this, programs)
    this.settings = { ...QUICK, ...this.topology.settings, 'credentials.path': this.world.path('credentials') }
  }

  // What must not happen and is no matter of the queue's promises: a fault of the test, or a client that crashed.
  trouble(text) { this.troubles.push(text) }

  async open() {
    const { world } = this
    furnish(world, { packs: [], resources: RESOURCES })
    for (const account of ACCOUNTS) world.write(`inventory/${account}.ndjson`, inventory(RESOURCES))
    this.upstream = await startMockSecMaster({ token: TOKEN })
    world.closers.push(() => this.upstream.stop())
    world.write('credentials/secmaster-token', `${TOKEN}\n`)
    world.write('accounts.json', {
      accounts: ACCOUNTS.map(AccountId => ({ AccountId, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001',
        base_url: this.upstream.url, credential: 'secmaster-token' })),
    })
    this.disk = Disk.mount(world.path('disk'))
    if (this.disk) world.closers.push(() => this.disk.unmount())
    world.store = world.path('disk/store')
    await this.topology.start()
    await this.fleet.open()
    this.recorders = this.prefixes.map(prefix => new Recorder(this.topology.client(), `${prefix}events`))
    for (const recorder of this.recorders) recorder.start()
  }

  // Of the keys of each partition.
  get prefixes() { return Array.from({ length: this.world.partitions }, (_, n) => `packreport:{${n}}:`) }

  // What is still unfinished, as a sentence; null when nothing is.
  async unfinished() {
    const { redis } = this.world
    const counts = await Promise.all(this.prefixes.map(prefix => Promise.all([redis.xlen(`${prefix}requests`), redis.hlen(`${prefix}jobs`),
      redis.zcard(`${prefix}dead`), redis.hlen(`${prefix}creating`)])))
    const [requests, jobs, dead, creating] = [0, 1, 2, 3].map(n => counts.reduce((sum, one) => sum + one[n], 0))
    const isDone = requests === 0 && jobs === dead && creating === 0
    return isDone ? null : `unfinished: ${requests} requests, ${jobs - dead} jobs, ${creating} packs CREATING`
  }

  async readFinal() {
    const names = await this.topology.allKeys()
    const strangers = names.filter(name => !this.prefixes.some(prefix => name.startsWith(prefix)))
    const finals = []
    for (const prefix of this.prefixes) finals.push(await readKeys(this.world.redis, prefix, names, finals.length === 0 ? strangers : []))
    return finals
  }

  // Waits until nothing is unfinished, at most so long, and ends all parts. Gives the history.
  async end(patienceMs) {
    let unsettled
    await eventually('all is finished', async () => !(unsettled = await this.unfinished()), { deadlineMs: patienceMs, intervalMs: 50 })
      .catch(() => {})
    await Promise.all(this.recorders.map(recorder => recorder.stop()))
    await this.fleet.drain()
    const finals = await this.readFinal()
    const store = readStore(this.world.store)
    await this.topology.end()
    return {
      requests: this.producers?.requests ?? [], door: this.callers?.requests, looks: this.callers?.looks, store,
      daemons: await this.fleet.history(), faults: this.faults, serverFaults: this.serverFaults, unsettled,
      partitions: this.topology.partitions().map(({ number, ...of }) => ({ ...of, ...finals[number], events: this.recorders[number].events })),
    }
  }

  // Ends what is left of the processes, and removes the folder, unless it is to be kept.
  async close({ keep = false } = {}) {
    this.world.isKept = keep
    await this.world.end()
  }

  keepLogs() {
    for (const { slot, process } of this.fleet.lives) {
      fs.writeFileSync(path.join(this.world.folder, `${slot.name}-${process.pid}.log`), process.stderr.text)
    }
  }
}
