// SPDX-License-Identifier: MIT
//
// Who asks over HTTP: signed requests to the front doors of all daemons at once, with ClientTokens, so that each may be repeated
// at another door when its answer is lost. Each request, and what its caller saw, is kept.
import http from 'node:http'
import { encode, send, signedV3 } from '../../flow/lib/door.mjs'
import { eventually } from '../../flow/lib/harness.mjs'

const AT_ONCE = 48
const TRY_MS = 20000
const LAST_WORDS = 600
const REPEAT_MS = 50
const REPEATS_MAX = 600
const RECENT = 200 // of the requests before, which one may come again
// again: an earlier token at any door; twice: a new one at two doors at once; other: an earlier token for another pack.
const KINDS = { fresh: 44, twice: 8, again: 16, other: 6, get: 26 }
const ACTIONS = { generate: 'GenerateCompliancePackReport', get: 'GetCompliancePackReport' }

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
export const keyOf = account => ({ id: `key-${account}`, secret: `secret of ${account}`, account })

export class Callers {
  requests = [] // {fields, tries: [{door, sentAt, gotAt, outcome, code, requestId}]}
  looks = [] // {account, pack, sentAt, gotAt, report}
  sent = 0

  // `bench`: see bench.mjs; its fleet's daemons have doors.
  constructor(bench, draw, { accounts, packs }) {
    Object.assign(this, { bench, draw, accounts, packs })
    this.agent = new http.Agent({ keepAlive: true })
    this.addresses = []
  }

  // Learns where daemon `n` listens; again after each of its starts.
  async meet(n) {
    const { process } = this.bench.fleet.slots[n].life
    this.addresses[n] = await eventually(() => `door ${n} listens: ${process.stderr.text.slice(-LAST_WORDS)}`, () => /"api\.listening","address":"([^"]+)"/.exec(process.stderr.text)?.[1])
  }

  // Sends `total` requests, some again and again until they are answered. `on(number)` is called before each.
  async run(total, on = () => {}) {
    const work = async () => {
      while (this.sent < total) {
        on(this.sent)
        await this.next()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  next() {
    const { draw } = this
    const fields = { AccountId: draw.pick(this.accounts), CompliancePackId: draw.pick(this.packs) }
    const token = () => `token ${draw.whole(0, 1e9)} {x}`
    const before = this.requests.length > 0 ? draw.pick(this.requests.slice(-RECENT)).fields : fields
    const door = draw.whole(0, this.addresses.length - 1)
    switch (draw.weighted(KINDS)) {
      case 'get': return this.look(fields, door)
      case 'again': return this.generate(before, door)
      case 'other': return this.generate({ ...before, CompliancePackId: fields.CompliancePackId }, door)
      case 'twice': {
        const both = { ...fields, ClientToken: token() }
        return Promise.all([this.generate(both, door), this.generate(both, door + 1)])
      }
      default: return this.generate({ ...fields, ClientToken: token() }, door)
    }
  }

  // The answer, or null when none came: "refused" when the request cannot have come in, else "unknown".
  async call(action, { AccountId, ...parameters }, door) {
    const host = this.addresses[door]
    const body = Object.entries(parameters).map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
    const request = signedV3({ action, body, host, key: keyOf(AccountId) })
    const seen = { door, sentAt: Date.now(), outcome: 'unknown', status: 0, json: null }
    try {
      const { status, json } = await send(host, { ...request, agent: this.agent, signal: AbortSignal.timeout(TRY_MS) })
      Object.assign(seen, { status, json, outcome: status < 500 && json ? 'answered' : 'unknown' })
      if (!json) this.bench.trouble(`${action} was answered ${status} without JSON`)
    } catch (error) {
      if (error.code === 'ECONNREFUSED') seen.outcome = 'refused'
    }
    return { ...seen, gotAt: Date.now() }
  }

  // The same at one door after the other until there is an answer.
  async untilAnswered(action, fields, door, note = () => {}) {
    for (let n = 0; n < REPEATS_MAX; n++) {
      const seen = await this.call(action, fields, (door + n) % this.addresses.length)
      note(seen)
      if (seen.outcome === 'answered') return seen
      await pause(REPEAT_MS)
    }
    return null
  }

  async generate(fields, door) {
    this.sent++
    const request = { fields, tries: [] }
    this.requests.push(request)
    await this.untilAnswered(ACTIONS.generate, fields, door, ({ door, sentAt, gotAt, outcome, status, json }) => {
      const code = status === 200 ? 'Accepted' : json?.Code ?? ''
      request.tries.push({ door, sentAt, gotAt, outcome, code, requestId: json?.RequestId ?? '' })
    })
  }

  async look(fields, door) {
    this.sent++
    const seen = await this.untilAnswered(ACTIONS.get, fields, door)
    if (seen?.status !== 200) {
      this.bench.trouble(`Get was answered ${JSON.stringify(seen?.json ?? null)}`)
      return
    }
    const { sentAt, gotAt, json } = seen
    this.looks.push({ account: fields.AccountId, pack: fields.CompliancePackId, sentAt, gotAt, report: json.CompliancePackReport })
  }

  // Asks for each pack, at the doors in turn.
  async lookAtAll() {
    const all = this.accounts.flatMap(AccountId => this.packs.map((CompliancePackId, n) =>
      [{ AccountId, CompliancePackId }, n % this.addresses.length]))
    const work = async () => { for (let next = all.pop(); next; next = all.pop()) await this.look(...next) }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  close() { this.agent.destroy() }
}
