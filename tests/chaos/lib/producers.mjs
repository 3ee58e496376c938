// SPDX-License-Identifier: MIT
//
// Who asks for reports: clients that write to the stream, and the command line; from several accounts, with and without
// ClientToken and RequestId, and again and again with the same ones. Each request, and what its producer saw, is kept.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { BUILD } from '../../flow/lib/harness.mjs'

const STREAM_PRODUCERS = 3
const PAUSE_MS = { stream: [20, 150], cli: [200, 900] }
const WATCH_MS = 100
const WATCHED_MAX = 200
const KINDS = { plain: 35, named: 15, token: 25, token_again: 12, token_other: 6, named_again: 5, named_other: 3 }
const AGAIN_SHARE = 0.5 // of requests with an unknown outcome that are sent once more

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

export class Producers {
  requests = []
  isStopped = false

  constructor(bench, draw, { accounts, packs }) {
    Object.assign(this, { bench, draw, accounts, packs })
    this.clients = []
  }

  start() {
    const loops = Array.from({ length: STREAM_PRODUCERS }, (_, n) => this.overStream(this.draw.fork(`stream ${n}`)))
    this.loops = [...loops, this.overCommandLine(this.draw.fork('command line'))]
    this.watching = this.watch()
  }

  async stop() {
    this.isStopped = true
    await Promise.all([...this.loops, this.watching])
    for (const client of this.clients) client.disconnect()
  }

  client() {
    const client = this.bench.topology.client()
    this.clients.push(client)
    return client
  }

  // Of the command line's only those that are answered: where the answer lies of one whose RequestId another took first, it
  // does not tell.
  anyBefore(draw, field) {
    const found = this.requests.filter(request => request.fields[field] && (request.via === 'stream' || request.answer))
    return found.length > 0 ? draw.pick(found.slice(-100)).fields : null
  }

  fields(draw) {
    const fresh = { AccountId: draw.pick(this.accounts), CompliancePackId: draw.pick(this.packs) }
    const kind = draw.weighted(KINDS)
    const before = kind.startsWith('token_') ? this.anyBefore(draw, 'ClientToken') : this.anyBefore(draw, 'RequestId')
    switch (before || !kind.includes('_') ? kind : 'plain') {
      case 'named': return { ...fresh, RequestId: randomUUID() }
      case 'token': return { ...fresh, ClientToken: `token ${draw.whole(0, 1e9)} {x}` }
      case 'token_again': return { ...before, RequestId: randomUUID() }
      case 'token_other': return { ...before, CompliancePackId: draw.pick(this.packs), RequestId: randomUUID() }
      case 'named_again': return before
      case 'named_other': return { ...fresh, RequestId: before.RequestId }
      default: return fresh
    }
  }

  note(via, fields) {
    const request = { via, at: Date.now(), prefix: this.bench.world.key('', fields.AccountId), fields, outcome: 'unknown', entryId: null, answer: null }
    this.requests.push(request)
    return request
  }

  // "unknown": the connection ended, or Redis was silent; the request may be in the queue, or come to it later.
  async send(client, fields) {
    const request = this.note('stream', fields)
    try {
      request.entryId = await client.xadd(`${request.prefix}requests`, '*', ...Object.entries(fields).flat())
      request.outcome = 'added'
    } catch (error) {
      request.outcome = /^(OOM|LOADING|READONLY|NOREPLICAS|CLUSTERDOWN|MASTERDOWN)/.test(error.message) ? 'refused' : 'unknown'
    }
    return request
  }

  async overStream(draw) {
    const client = this.client()
    while (!this.isStopped) {
      const { outcome, fields } = await this.send(client, this.fields(draw))
      await pause(draw.whole(...PAUSE_MS.stream))
      const isSafeToRepeat = fields.ClientToken || fields.RequestId
      if (outcome === 'unknown' && isSafeToRepeat && draw.chance(AGAIN_SHARE)) await this.send(client, fields)
    }
  }

  async overCommandLine(draw) {
    while (!this.isStopped) {
      const fields = { ...this.fields(draw), RequestId: randomUUID() }
      await this.generate(this.note('cli', fields))
      await pause(draw.whole(...PAUSE_MS.cli))
    }
  }

  async generate(request) {
    const { AccountId, CompliancePackId, ClientToken, RequestId } = request.fields
    const { code, signal, stdout, stderr } = await this.bench.world.run(path.join(BUILD, 'packreport'), ['generate',
      ...this.bench.world.cliPlace, '--json', '--account', AccountId, '--pack', CompliancePackId, '--request-id', RequestId,
      ...(ClientToken ? ['--client-token', ClientToken] : [])], { status: null })
    if (signal || /Sanitizer|INVARIANT|REQUIRE/.test(stderr)) this.bench.trouble(`packreport generate: ${signal ?? code}: ${stderr}`)
    if (code > 1 || stdout === '') return
    const { Code, ReportId = '' } = JSON.parse(stdout)
    Object.assign(request, { outcome: 'added', answer: { name: RequestId, Code, ReportId } })
  }

  // Looks for the answers, as producers do.
  async watch() {
    const client = this.client()
    while (!this.isStopped) {
      const open = this.requests.filter(request => request.via === 'stream' && request.outcome === 'added' && !request.answer)
        .slice(0, WATCHED_MAX)
      await Promise.all(open.map(request => this.look(client, request)))
      await pause(WATCH_MS)
    }
  }

  async look(client, request) {
    const name = request.fields.RequestId ?? request.entryId
    const answer = await client.hgetall(`${request.prefix}answer:${name}`).catch(() => ({}))
    if (answer.Code) request.answer = { name, Code: answer.Code, ReportId: answer.ReportId }
  }
}
