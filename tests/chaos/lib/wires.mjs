// SPDX-License-Identifier: MIT
//
// The wire between one daemon and several servers: a proxy for each of them, all with the same fault at the same time. What the
// servers tell of where others are (Sentinel's answers, CLUSTER SLOTS, MOVED, ASK) is changed on its way, so that the daemon knows
// its proxies only. All ports have five digits, so no text changes its length.
import { Proxy } from './proxy.mjs'

const HOST = '127.0.0.1'
const PLACE = new RegExp(`(${HOST.replaceAll('.', '\\.')}(?::|\\r\\n:|\\r\\n\\$5\\r\\n))(\\d{5})(?=\\r\\n)`, 'g')

export class Wires {
  // `ports` of all servers; `placeOf(addressOf)` gives the daemon's settings, addressOf(port) being where it finds that server.
  constructor(ports, placeOf) {
    this.proxies = new Map(ports.map(port => [String(port), new Proxy({ host: HOST, port }, bytes => this.translate(bytes))]))
    this.placeOf = placeOf
  }

  async open() {
    await Promise.all([...this.proxies.values()].map(proxy => proxy.open()))
    return this
  }

  get place() { return this.placeOf(port => this.proxies.get(String(port)).address) }

  translate(bytes) {
    if (!bytes.includes(HOST)) return bytes
    const text = bytes.toString('latin1').replace(PLACE, (whole, before, port) => {
      const proxy = this.proxies.get(port)
      return proxy ? before + proxy.port : whole
    })
    return Buffer.from(text, 'latin1')
  }

  begin(fault) { for (const proxy of this.proxies.values()) proxy.begin(fault) }
  end() { for (const proxy of this.proxies.values()) proxy.end() }
  reset() { for (const proxy of this.proxies.values()) proxy.reset() }
  async close() { await Promise.all([...this.proxies.values()].map(proxy => proxy.close())) }
}
