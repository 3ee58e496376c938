// SPDX-License-Identifier: MIT
//
// ioredis, as tests/flow has it pinned and installed.
import { createRequire } from 'node:module'

const Redis = createRequire(new URL('../../flow/package.json', import.meta.url))('ioredis')

// A client that says when it does not know whether a command was run, instead of sending it again.
const HONEST = { maxRetriesPerRequest: 0, enableOfflineQueue: false, autoResendUnfulfilledCommands: false, commandTimeout: 2000 }

const quiet = client => client.on('error', () => {})

// `target` as ioredis takes it: a server, or Sentinels with the name of the master.
export function honestClient(target) {
  return quiet(new Redis({
    ...target, ...HONEST, retryStrategy: () => 50, sentinelRetryStrategy: () => 50, reconnectOnError: error => /^READONLY/.test(error.message),
  }))
}

// Of a cluster. It follows MOVED and ASK, for what was answered so was not run.
export function honestClusterClient(ports) {
  return quiet(new Redis.Cluster(ports.map(port => ({ host: '127.0.0.1', port })), {
    retryDelayOnFailover: 0, retryDelayOnClusterDown: 0, retryDelayOnTryAgain: 100, slotsRefreshInterval: 500, slotsRefreshTimeout: 5000,
    clusterRetryStrategy: () => 50, enableOfflineQueue: false, redisOptions: HONEST,
  }))
}

// One that stays with its server, whatever that is.
export function beatingClient(port) {
  return quiet(new Redis({ ...HONEST, host: '127.0.0.1', port, retryStrategy: () => 100, enableReadyCheck: false, commandTimeout: 1000 }))
}

// What a server says to commands over one connection; null when it does not answer all of them without an error.
export async function talk(port, ...commands) {
  const client = quiet(new Redis({
    host: '127.0.0.1', port, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false, commandTimeout: 10000,
  }))
  try {
    await client.connect()
    const replies = []
    for (const command of commands) replies.push(await client.call(...command))
    return replies
  } catch {
    return null
  } finally {
    client.disconnect()
  }
}
