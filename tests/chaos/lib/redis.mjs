// SPDX-License-Identifier: MIT
//
// ioredis, as tests/flow has it pinned and installed.
import { createRequire } from 'node:module'

const Redis = createRequire(new URL('../../flow/package.json', import.meta.url))('ioredis')

// A client that says when it does not know whether a command was run, instead of sending it again.
export function honestClient(target) {
  const client = new Redis({
    ...target, retryStrategy: () => 50, maxRetriesPerRequest: 0, enableOfflineQueue: false, autoResendUnfulfilledCommands: false,
    commandTimeout: 2000,
  })
  client.on('error', () => {})
  return client
}
