// SPDX-License-Identifier: MIT
//
// What topologies of several servers share: how the servers are set, when all is well with a master and its replicas, and what
// happens to single servers.
import path from 'node:path'
import { eventually } from '../../flow/lib/harness.mjs'
import { readPieces } from './log_of_writes.mjs'
import { beatingClient, talk } from './redis.mjs'

// As docs/operations.md wants them, with every file kept in which a server wrote something down.
export const SERVER_ARGUMENTS = ['--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0', '--aof-disable-auto-gc', 'yes',
  '--maxmemory-policy', 'noeviction', '--min-replicas-to-write', '1', '--min-replicas-max-lag', '2', '--repl-timeout', '10']
export const SETTLE_MS = 90000

// Keys of the test's own, which are no part of the queue.
export const MARK = 'chaos:'

const BEAT_MS = 50

// Writes to every server that takes it, all the time. A replica that becomes the master before it was sent anything has no step
// in its log by which it could be joined to where its data came from (lineage.mjs); clients that look for a master write nothing
// for seconds.
export class Beat {
  // `places`: [{port, key}]
  constructor(places) {
    this.clients = [...new Set(places.map(({ port }) => port))].map(beatingClient)
    const of = new Map(this.clients.map(client => [client.options.port, client]))
    this.timer = setInterval(() => {
      for (const { port, key } of places) of.get(port).set(key, `beat ${Date.now()}`).catch(() => {})
    }, BEAT_MS)
  }

  stop() {
    clearInterval(this.timer)
    for (const client of this.clients) client.disconnect()
  }
}

// What the checker has no use for, and what a server writes down by itself.
const LEFT_OUT = new Set(['SELECT', 'XCLAIM', 'XGROUP', 'XSETID', 'XACK', 'XTRIM', 'XDEL'])

export function readLogs(world, ports) {
  return ports.map(node => ({
    node,
    pieces: readPieces(path.join(world.path(`node-${node}`), 'appendonlydir')).map(steps => steps
      .map(commands => commands.filter(([name]) => !LEFT_OUT.has(name.toUpperCase()))).filter(commands => commands.length > 0)),
  }))
}

const field = (info, name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info ?? '')?.[1]

// Whether the server follows that master, and has its own log again.
async function follows(port, master) {
  const info = (await talk(port, ['INFO']))?.[0]
  return field(info, 'role') === 'slave' && field(info, 'master_port') === String(master) && field(info, 'master_link_status') === 'up' &&
    field(info, 'aof_enabled') === '1' && field(info, 'aof_rewrite_in_progress') === '0' && field(info, 'aof_rewrite_scheduled') === '0'
}

// Whether the master takes writes, and all replicas have them. `marks`: keys that it writes.
export async function isInStep(master, replicas, marks) {
  for (const port of replicas) if (!await follows(port, master)) return false
  const said = await talk(master, ['INFO', 'replication'], ...marks.map(key => ['SET', key, String(Date.now())]), ['WAIT', replicas.length, 2000])
  return said !== null && field(said[0], 'role') === 'master' && Number(said.at(-1)) === replicas.length
}

// A server as a process: `nodes` is the map of port -> process of the topology's helper.
export const signal = (nodes, port, name) => nodes.get(port).kill(name)

export async function limitMemory(ports, bytes) {
  for (const port of ports) {
    await eventually(`${port} takes a setting`, async () => (await talk(port, ['CONFIG', 'SET', 'maxmemory', String(bytes)])) !== null)
  }
}
