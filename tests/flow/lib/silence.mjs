// SPDX-License-Identifier: MIT
//
// A path to the world's Redis that can be made to swallow everything: connections stand, and nothing comes through.
import net from 'node:net'

// { address, begin(), end() }: what was swallowed cannot be made up for, so the end takes the connections that were there with it.
export async function silentPath(world) {
  const pairs = []
  let isSilent = false
  const proxy = net.createServer(client => {
    const server = net.connect(world.socket)
    pairs.push([client, server])
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('data', bytes => { if (!isSilent) server.write(bytes) })
    server.on('data', bytes => { if (!isSilent) client.write(bytes) })
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
  await new Promise(resolve => proxy.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => { for (const pair of pairs) for (const socket of pair) socket.destroy(); proxy.close() })
  return {
    address: `127.0.0.1:${proxy.address().port}`,
    begin: () => { isSilent = true },
    end: () => { isSilent = false; for (const [client] of pairs) client.destroy() },
  }
}
