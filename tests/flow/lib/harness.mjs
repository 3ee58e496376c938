// SPDX-License-Identifier: MIT
//
// What the black-box tests share: a private Redis, daemons, the command line, and waiting with a deadline.
// Every process and folder that a test makes is ended and removed by its world, passed or failed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Redis from 'ioredis'

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
export const BUILD = path.resolve(process.env.PACKREPORT_BUILD ?? path.join(ROOT, 'build/dev'))
export const SHARE = path.join(ROOT, 'share')
export const ACCOUNT = '100000000000001'
// redis-server, or what is to pass the same tests: valkey-server.
export const REDIS_SERVER = process.env.PACKREPORT_REDIS_SERVER ?? 'redis-server'
export const DEADLINE_MS = Number(process.env.PACKREPORT_TEST_DEADLINE_MS ?? 60000)

// Polls until `probe` gives something true; fails with `what` (a text or a function) after the deadline.
export async function eventually(what, probe, { deadlineMs = DEADLINE_MS, intervalMs = 20 } = {}) {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await probe()
    if (value) return value
    if (Date.now() > end) {
      assert.fail(`not within ${deadlineMs} ms: ${typeof what === 'function' ? await what() : what}`)
    }
    await new Promise(resolve => setTimeout(resolve, intervalMs))
  }
}

function collect(stream) {
  const output = { text: '' }
  stream.setEncoding('utf8')
  stream.on('data', chunk => { output.text += chunk })
  return output
}

// A process with its output kept and its end awaitable.
export class Process {
  constructor(program, args, { env = {}, input } = {}) {
    this.child = spawn(program, args, {
      env: { PATH: process.env.PATH, HOME: os.tmpdir(), ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    if (input !== undefined) {
      this.child.stdin.on('error', () => {}) // the program may end before it has read everything
      this.child.stdin.end(input)
    }
    this.name = path.basename(program)
    this.stdout = collect(this.child.stdout)
    this.stderr = collect(this.child.stderr)
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code, signal) => resolve({ code, signal }))
    })
    this.ended.catch(() => {})
  }

  get pid() { return this.child.pid }
  get isRunning() { return this.child.exitCode === null && this.child.signalCode === null }
  kill(signal = 'SIGTERM') { this.child.kill(signal) }

  async end(signal = 'SIGTERM') {
    if (this.isRunning) this.kill(signal)
    return this.ended
  }
}

// The log of a daemon, one object a line.
export function logLines(daemon) {
  return daemon.stderr.text.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line))
}

// CRC-16/XMODEM of an AccountId, as docs/redis.md has it for producers: written anew from there.
export function partitionOf(account, partitions) {
  let crc = 0
  for (const byte of Buffer.from(account)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1
    crc &= 0xffff
  }
  return crc % partitions
}

export class World {
  constructor() {
    // Short, because a Unix socket's path has at most 107 bytes.
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pr-'))
    this.processes = []
    this.clients = []
    this.closers = []
    this.socket = path.join(this.folder, 'redis.sock')
    this.store = path.join(this.folder, 'store')
    this.daemonCount = 0
    this.partitions = 1
    // Where the queue is, for daemons and for the command line.
    this.place = { 'redis.address': `unix:${this.socket}` }
    this.cliPlace = ['--redis', `unix:${this.socket}`]
    this.isKept = false // the folder, when all has ended
  }

  path(...names) { return path.join(this.folder, ...names) }

  write(name, content) {
    const file = this.path(name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
    return file
  }

  // A credential: for its owner's eyes only.
  writePrivate(name, content) {
    const file = this.write(name, content)
    fs.chmodSync(file, 0o600)
    return file
  }

  start(program, args, options) {
    const started = new Process(program, args, options)
    this.processes.push(started)
    return started
  }

  // Runs to the end. `status` is the expected exit status, null for any.
  async run(program, args, { status = 0, ...options } = {}) {
    const process = this.start(program, args, options)
    const { code, signal } = await process.ended
    if (status !== null) {
      assert.equal(code, status, `${process.name} ${args.join(' ')} ended with ${code ?? signal}:\n${process.stderr.text}${process.stdout.text}`)
    }
    return { code, signal, stdout: process.stdout.text, stderr: process.stderr.text }
  }

  async startRedis() {
    const data = this.path('redis')
    fs.mkdirSync(data, { recursive: true })
    this.redisServer = this.start(REDIS_SERVER, [
      '--port', '0', '--unixsocket', this.socket, '--dir', data, '--appendonly', 'yes', '--save', '',
      '--loglevel', 'warning', ...(this.redisArgs ?? []),
    ])
    await eventually('redis-server answers', async () => {
      try {
        const probe = new Redis({ path: this.socket, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
        probe.on('error', () => {})
        await probe.connect()
        const pong = await probe.ping()
        probe.disconnect()
        return pong === 'PONG'
      } catch {
        return false
      }
    })
    if (!this.redis) {
      this.redis = new Redis({ path: this.socket, retryStrategy: () => 50 })
      this.redis.on('error', () => {})
      this.clients.push(this.redis)
    }
  }

  // A key of the partition of an account; without one, of partition 0.
  key(name, account) {
    return `packreport:{${account === undefined ? 0 : partitionOf(account, this.partitions)}}:${name}`
  }

  // What Redis has of a pack's report (docs/redis.md); `{}` where there is none.
  async reportInRedis(account, pack) {
    const text = await this.redis.get(this.key(`report:${account}:${pack}`, account))
    const [state, message, complete, location, summary] = text?.split('\n') ?? []
    if (state === undefined) return {}
    const [status, fence, report_id, accepted_at, ended_at, token, code] = state.split('|')
    const [complete_report_id, complete_at] = complete.split('|')
    return { status, fence, report_id, accepted_at, ended_at, token, code, message, complete_report_id, complete_at, location, summary }
  }

  // Settings of a daemon that reads packs, rules and inventory from this world's folders.
  settings(overrides = {}) {
    const all = {
      ...this.place,
      'redis.block_timeout': '500ms',
      'queue.partitions': String(this.partitions),
      'worker.name': `w${++this.daemonCount}`,
      'worker.sweep_interval': '500ms',
      'source.kind': 'file',
      'source.accounts': this.path('accounts.json'),
      'source.packs': this.path('packs'),
      'source.inventory': this.path('inventory'),
      'rules.path': this.path('rules'),
      'store.path': this.store,
      'log.format': 'json',
      'log.level': 'debug',
      ...overrides,
    }
    const sections = new Map()
    for (const [name, value] of Object.entries(all)) {
      const dot = name.indexOf('.')
      const section = name.slice(0, dot)
      sections.set(section, [...(sections.get(section) ?? []), `${name.slice(dot + 1)} = ${value}`])
    }
    return [...sections].map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`).join('\n')
  }

  // Starts a daemon and waits until it is ready, unless `ready` is false.
  async startDaemon(overrides = {}, { ready = true, env, args = [] } = {}) {
    const file = this.write(`packreportd-${this.daemonCount + 1}.ini`, this.settings(overrides))
    const daemon = this.start(path.join(BUILD, 'packreportd'), ['--config', file, ...args], { env })
    daemon.config = file
    if (ready) {
      await eventually(() => `the daemon is ready: ${daemon.stderr.text}`, () => {
        assert.ok(daemon.isRunning, `the daemon ended: ${daemon.stderr.text}`)
        return daemon.stderr.text.includes('"daemon.ready"')
      })
    }
    return daemon
  }

  cli(args, options) {
    return this.run(path.join(BUILD, 'packreport'), [args[0], ...this.cliPlace, ...args.slice(1)], options)
  }

  // Writes a request into the intake stream, as any producer may. Returns its RequestId.
  async submit({ account = ACCOUNT, pack, token, requestId = randomUUID(), ...fields }) {
    const pairs = Object.entries({ AccountId: account, CompliancePackId: pack, ClientToken: token, RequestId: requestId, ...fields })
      .filter(([, value]) => value !== undefined).flat()
    await this.redis.xadd(this.key('requests', account), '*', ...pairs)
    return requestId
  }

  async answer(requestId, account = ACCOUNT) {
    return eventually(`an answer to ${requestId}`, async () => {
      const answer = await this.redis.hgetall(this.key(`answer:${requestId}`, account))
      return answer.Code ? answer : null
    })
  }

  async report(pack, account = ACCOUNT, more = []) {
    const { stdout } = await this.cli(['status', '--account', account, '--pack', pack, '--json', ...more], { status: null })
    return JSON.parse(stdout)
  }

  async reportEnds(pack, { account = ACCOUNT, reportId, deadlineMs } = {}) {
    let last
    return eventually(() => `the report of ${pack} ends: ${JSON.stringify(last)}`, async () => {
      last = await this.report(pack, account)
      return last.ReportStatus !== 'CREATING' && last.ReportStatus !== 'NONE' &&
        (!reportId || last.ReportId === reportId) ? last : null
    }, { deadlineMs, intervalMs: 50 })
  }

  // Reports that can be seen in the store: folders <account>/<pack>/<report>/<fence>.
  visibleReports(pack, account = ACCOUNT) {
    const folder = path.join(this.store, account, pack)
    if (!fs.existsSync(folder)) return []
    return fs.readdirSync(folder).flatMap(report =>
      fs.readdirSync(path.join(folder, report)).map(fence => ({ report, fence, folder: path.join(folder, report, fence) })))
  }

  stagingFolders() {
    const folder = path.join(this.store, '.staging')
    return fs.existsSync(folder) ? fs.readdirSync(folder) : []
  }

  async end() {
    for (const close of this.closers) await close()
    for (const client of this.clients) client.disconnect()
    // Daemons first, so that they can say goodbye to their Redis.
    for (const process of [...this.processes].reverse()) {
      if (process !== this.redisServer) await process.end('SIGKILL')
    }
    if (this.redisServer) await this.redisServer.end('SIGKILL')
    if (!this.isKept) fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

// A world without a Redis for all tests of a file, gone when the file has run.
export function worldOfFile() {
  const world = new World()
  process.once('exit', () => {
    for (const process of world.processes) if (process.isRunning) process.kill('SIGKILL')
    fs.rmSync(world.folder, { recursive: true, force: true })
  })
  return world
}

// Runs `body` in a world of its own with a Redis.
export function inWorld(body, prepare = () => {}) {
  return async t => {
    const world = new World()
    try {
      prepare(world)
      await world.startRedis()
      await body(world, t)
    } finally {
      await world.end()
    }
  }
}
