// SPDX-License-Identifier: MIT
//
// A wire between one daemon and Redis that can be cut, and that can be slow: what was sent may arrive long after its sender has
// given up, which is how a write of the past comes to Redis.
import net from 'node:net'

// What happens to bytes on their way, and to connections when the fault is over.
//   late       both directions are held back, then delivered in order, also for a sender that is gone
//   deaf       requests arrive, replies do not; then cut
//   black_hole nothing arrives; then cut
const PASS = 'pass'
export const WIRE_FAULTS = ['late', 'deaf', 'black_hole']

class Link {
  constructor(proxy, client) {
    this.proxy = proxy
    this.client = client
    this.server = net.connect(proxy.target)
    this.toServer = []
    this.toClient = []
    client.setNoDelay(true)
    client.on('data', bytes => this.carry(bytes, this.server, this.toServer, proxy.mode !== 'black_hole'))
    this.server.on('data', bytes => this.carry(proxy.translate(bytes), client, this.toClient, proxy.mode === PASS || proxy.mode === 'late'))
    client.on('error', () => {})
    this.server.on('error', () => {})
    client.on('close', () => this.onClientClose())
    this.server.on('close', () => this.onServerClose())
  }

  carry(bytes, to, held, passes) {
    if (!passes) return
    if (this.proxy.mode === 'late') held.push(bytes)
    else if (!to.destroyed) to.write(bytes)
  }

  onClientClose() {
    if (this.proxy.mode !== 'late') this.server.end()
  }

  onServerClose() {
    this.client.destroy()
    this.proxy.links.delete(this)
  }

  deliver() {
    for (const bytes of this.toServer.splice(0)) if (!this.server.destroyed) this.server.write(bytes)
    for (const bytes of this.toClient.splice(0)) if (!this.client.destroyed) this.client.write(bytes)
    if (this.client.destroyed) this.server.end()
  }

  // To the client a connection reset.
  cut() {
    this.server.destroy()
    if (!this.client.destroyed) this.client.resetAndDestroy()
  }
}

export class Proxy {
  mode = PASS
  links = new Set()

  // `target` as net.connect takes it; `translate` changes what it says.
  constructor(target, translate = bytes => bytes) { Object.assign(this, { target, translate }) }

  async open() {
    this.listener = net.createServer(client => this.links.add(new Link(this, client)))
    await new Promise((resolve, reject) => {
      this.listener.once('error', reject)
      this.listener.listen(0, '127.0.0.1', resolve)
    })
    this.port = this.listener.address().port
    this.address = `127.0.0.1:${this.port}`
    return this
  }

  get place() { return { 'redis.address': this.address } }

  begin(fault) { this.mode = fault }

  end() {
    const { mode } = this
    this.mode = PASS
    if (mode === 'late') for (const link of this.links) link.deliver()
    else if (mode !== PASS) this.reset()
  }

  reset() { for (const link of this.links) link.cut() }

  async close() {
    this.reset()
    await new Promise(resolve => this.listener.close(resolve))
  }
}
