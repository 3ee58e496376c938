// SPDX-License-Identifier: MIT
//
// The connections of the front door: over IPv6, and their limits: how many at once, from one address, without a request, with an
// answer that is not fetched, and with too few file descriptors for them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, BUILD, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { KEY, VERSION, addressOf, generate, get, openDoor, reportOverHttp, send, signedDoor, signedV1, targetOf } from './lib/door.mjs'

const REQUEST = `GET /?Action=GetCompliancePackReport&Version=${VERSION}&AccountId=${ACCOUNT}&CompliancePackId=pack-1 HTTP/1.1\r\nHost: h\r\n\r\n`

// A connection that stays until `socket.destroy()`: how often it was answered, and whether the server ended it.
class Caller {
  answers = 0
  isEnded = false

  constructor(address, world) {
    this.socket = net.connect(Number(address.split(':')[1]), '127.0.0.1')
    this.last = ''
    this.socket.on('data', chunk => {
      this.last = chunk.toString('latin1')
      this.answers += this.last.split('HTTP/1.1 200 ').length - 1
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => { this.isEnded = true })
    this.connected = new Promise(resolve => this.socket.once('connect', resolve))
    world.closers.push(() => this.socket.destroy())
  }

  ask() { this.socket.write(REQUEST) }

  async isAnswered() {
    const before = this.answers
    this.ask()
    await eventually(() => `the request is answered; last came ${JSON.stringify(this.last.slice(0, 600))}`, () => this.answers > before)
  }
}

async function callers(address, world, count) {
  const all = Array.from({ length: count }, () => new Caller(address, world))
  await Promise.all(all.map(caller => caller.connected))
  return all
}

async function opened(world, overrides) {
  furnish(world, { packs: ['pack-1'] })
  const daemon = await world.startDaemon({ ...openDoor, ...overrides })
  return { daemon, address: await addressOf(daemon) }
}

const noIpv6 = !Object.values(os.networkInterfaces()).flat().some(({ address }) => address === '::1') && 'there is no IPv6 here'

test('IPv6: an open door on loopback, whose links lead back to it', { skip: noIpv6 }, inWorld(async world => {
  const { address } = await opened(world, { 'api.listen': '[::1]:0' })
  assert.match(address, /^\[::1\]:\d+$/)
  assert.equal((await generate(address, 'pack-1')).status, 200)
  const url = new URL((await reportOverHttp(address, 'pack-1')).ReportUrl)
  assert.equal(url.host, address)
  assert.equal((await send(address, { path: url.pathname + url.search })).status, 200)
}))

test('IPv6 and IPv4 on one port, told apart by policies', { skip: noIpv6 }, inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  const keys = { four: '127.0.0.0/8', six: '::1', 'six-range': '::/64', both: ['127.0.0.1', '::1/128'] }
  const settings = signedDoor(world, Object.entries(keys).map(([id, range]) => ({ id, UserName: id, policies: [{ Version: '1',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'acs:SourceIp': range } } }] }] })))
  const port = (await addressOf(await world.startDaemon({ ...settings, 'api.listen': '*:0' }))).split(':').pop()
  const ask = (id, host) => send(`${host}:${port}`, signedV1({ action: 'GetCompliancePackReport', parameters: { CompliancePackId: 'pack-1' }, key: { ...KEY, id } }))
  for (const [id, byFour, bySix] of [['four', 200, 403], ['six', 403, 200], ['six-range', 403, 200], ['both', 200, 200]]) {
    assert.deepEqual([(await ask(id, '127.0.0.1')).status, (await ask(id, '[::1]')).status], [byFour, bySix], id)
  }
}))

// Starts a daemon under limits of open files: soft and hard.
async function openedUnder(world, soft, hard, overrides) {
  furnish(world, { packs: ['pack-1'] })
  const file = world.write('limited.ini', world.settings({ ...openDoor, ...overrides }))
  const limits = `ulimit -Sn ${soft} && ulimit -Hn ${hard} && exec "$0" "$@"`
  const daemon = world.start('sh', ['-c', limits, path.join(BUILD, 'packreportd'), '--config', file])
  await eventually(() => `the daemon is ready: ${daemon.stderr.text}`, () => daemon.stderr.text.includes('"daemon.ready"'))
  return { daemon, address: await addressOf(daemon) }
}

test('past connections_max a connection waits until another ends, and is then answered', inWorld(async world => {
  const { address } = await opened(world, { 'api.connections_max': '40' })
  const inside = await callers(address, world, 40)
  for (const caller of inside) await caller.isAnswered()
  const [outside] = await callers(address, world, 1) // in the backlog of the system
  outside.ask()
  for (const caller of inside) await caller.isAnswered()
  assert.equal(outside.answers, 0)
  assert.ok(!outside.isEnded)
  inside[0].socket.destroy()
  await eventually('the one that waited is answered', () => outside.answers === 1)
  for (const caller of inside.slice(1)) await caller.isAnswered()
}))

test('past connections_per_ip a connection is closed without an answer', inWorld(async world => {
  const { address } = await opened(world, { 'api.connections_per_ip': '10' })
  const inside = await callers(address, world, 10)
  for (const caller of inside) await caller.isAnswered()
  const [outside] = await callers(address, world, 1)
  outside.ask()
  await eventually('the eleventh is closed', () => outside.isEnded)
  assert.equal(outside.answers, 0)
  inside[0].socket.destroy()
  await eventually('there is room again', async () => {
    const [next] = await callers(address, world, 1)
    next.ask()
    await eventually('answered or closed', () => next.answers > 0 || next.isEnded)
    return next.answers > 0
  })
  for (const caller of inside.slice(1)) await caller.isAnswered()
}))

test('past kept_memory an answer ends its connection, and one that ends makes room', inWorld(async world => {
  const { address } = await opened(world, { 'api.kept_memory': '120k' }) // three of 38 KiB
  const fresh = await callers(address, world, 20)
  const kept = await callers(address, world, 3)
  for (const caller of kept) await caller.isAnswered()
  const more = await callers(address, world, 3)
  for (const caller of more) await caller.isAnswered()
  await eventually('the others are over', () => more.every(caller => caller.isEnded))
  for (const caller of kept) await caller.isAnswered()
  assert.ok(![...kept, ...fresh].some(caller => caller.isEnded))
  kept[0].socket.destroy()
  await eventually('one more is kept', async () => {
    const [next] = await callers(address, world, 1)
    await next.isAnswered()
    next.ask()
    await eventually('it is answered again, or over', () => next.answers === 2 || next.isEnded)
    return next.answers === 2
  })
}))

test('idle connections are closed after idle_timeout, fresh ones and used ones; one in use stays', inWorld(async world => {
  const { address } = await opened(world, { 'api.idle_timeout': '4s' })
  const [busy] = await callers(address, world, 1)
  const begin = Date.now()
  const idle = await callers(address, world, 100)
  const used = idle.slice(0, 50)
  for (const caller of used) caller.ask()
  await eventually('half of them are used', () => used.every(caller => caller.answers === 1 || caller.isEnded))
  let firstEnd = 0
  await eventually('all idle ones are closed', async () => {
    await busy.isAnswered()
    if (!firstEnd && idle.some(caller => caller.isEnded)) firstEnd = Date.now()
    return idle.every(caller => caller.isEnded)
  })
  assert.ok(firstEnd - begin >= 3900, `the first one was closed after ${firstEnd - begin} ms`)
  assert.ok(!busy.isEnded)
  await busy.isAnswered()
}))

test('who does not fetch an answer is cut in the end; others are served meanwhile', inWorld(async world => {
  const socket = world.path('door.sock')
  const { daemon } = await opened(world, { 'api.listen': socket, 'api.request_timeout': '1s' })
  await generate(socket, 'pack-1')
  const url = new URL((await reportOverHttp(socket, 'pack-1')).ReportUrl)
  const size = 320 * 1024 // more than the system takes for a Unix socket; 1 s + 20 s to fetch it
  fs.writeFileSync(path.join(world.visibleReports('pack-1')[0].folder, 'large.txt'), Buffer.alloc(size, 'x'))
  const open = () => fs.readdirSync(`/proc/${daemon.pid}/fd`).filter(fd => {
    try { return fs.readlinkSync(`/proc/${daemon.pid}/fd/${fd}`).endsWith('/large.txt') } catch { return false }
  }).length
  const request = `GET ${url.pathname.replace('report.csv', 'large.txt')}${url.search} HTTP/1.1\r\nHost: h\r\n\r\n`
  const lazy = net.connect(targetOf(socket)).pause()
  world.closers.push(() => lazy.destroy())
  lazy.write(request)
  await eventually('it is being sent', () => open() === 1)
  const begin = Date.now()
  await eventually('it is cut', async () => {
    assert.equal((await get(socket, 'pack-1')).status, 200)
    return open() === 0
  }, { intervalMs: 100 })
  assert.ok(Date.now() - begin > 15000, `after ${Date.now() - begin} ms`)
  let got = 0
  lazy.on('data', chunk => { got += chunk.length }).on('error', () => {}).resume()
  await new Promise(resolve => lazy.once('close', resolve))
  assert.ok(got < size, `${got} bytes`)
}))

// As a program of its own, because a crowd has to be faster than the daemon: sends a request on a connection that it closes with it,
// again and again, until it is ended.
const CROWD = `const net = require('node:net')
const come = () => {
  const socket = net.connect(Number(process.argv[1]), '127.0.0.1', () => socket.end('GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n'))
  socket.on('error', () => {}).on('close', come).resume()
}
for (let n = 0; n < 100; n++) come()`

test('clients that come and go keep nobody waiting who needs Redis', inWorld(async world => {
  const { daemon, address } = await opened(world)
  const crowds = [1, 2, 3].map(() => world.start(process.execPath, ['-e', CROWD, String(targetOf(address).port)]))
  const refused = () => logLines(daemon).filter(line => line.event === 'api.refused').length
  await eventually('they come', () => refused() > 1000)
  for (const end = Date.now() + 5000; Date.now() < end;) assert.equal((await get(address, 'pack-1')).status, 200)
  for (const crowd of crowds) assert.ok(crowd.isRunning, crowd.stderr.text)
}))

test('the soft limit of open files is no limit: the daemon raises its own', inWorld(async world => {
  const { daemon, address } = await openedUnder(world, 200, 2000, { 'api.connections_max': '400' })
  const all = await callers(address, world, 400)
  await Promise.all(all.map(caller => caller.isAnswered()))
  assert.ok(!logLines(daemon).some(line => line.event === 'api.few_descriptors'))
}))

test('too low a hard limit is said at the start, and costs connections, not the daemon', inWorld(async world => {
  const { daemon, address } = await openedUnder(world, 200, 200, { 'api.connections_max': '400' })
  const warning = await eventually('the warning', () => logLines(daemon).find(line => line.event === 'api.few_descriptors'))
  assert.deepEqual([warning.level, warning.limit, warning.wanted], ['warning', 200, 912])
  const [first] = await callers(address, world, 1)
  await first.isAnswered()
  const more = await callers(address, world, 300)
  for (const caller of more) caller.ask()
  await eventually('some are answered', () => more.filter(caller => caller.answers > 0).length >= 50)
  await first.isAnswered()
  for (const caller of more) caller.socket.destroy()
  await eventually('there is room again', async () => {
    const answer = await get(address, 'pack-1').catch(() => null)
    return answer?.status === 200
  })
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text.slice(-3000))
}))
