// SPDX-License-Identifier: MIT
//
// Outages of Redis at random, while requests come; for the black-box test and for bench/outages.mjs.
import assert from 'node:assert/strict'
import { ACCOUNT, eventually } from './harness.mjs'
import { furnish } from './fixtures.mjs'

// With appendfsync everysec a killed Redis may lose what it has answered while a sync was under way (it puts the write off); then
// nothing could be said of requests that have no answer.
export const REDIS_ARGS = ['--appendfsync', 'always']

const KINDS = ['kill', 'stop', 'reset']
const PACKS = 20

// mulberry32: the same seed gives the same outages.
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

async function cause(world, kind, random) {
  const began = Date.now()
  let upAt = began
  if (kind === 'kill') {
    await world.redisServer.end('SIGKILL')
    await pause(random() * 4000)
    await world.startRedis()
    upAt = Date.now()
  } else if (kind === 'stop') {
    world.redisServer.kill('SIGSTOP')
    await pause(random() * 6000)
    world.redisServer.kill('SIGCONT')
    upAt = Date.now()
  } else {
    await world.redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  }
  return { downMs: upAt - began, upAt }
}

// A request of the first moment that is answered ends the recovery.
async function recover(world, id, pack, upAt) {
  await world.submit({ pack, requestId: id })
  let answer
  await eventually(() => `an answer to ${id}`, async () => {
    answer = await world.redis.hgetall(world.key(`answer:${id}`))
    return answer.Code
  }, { intervalMs: 5 })
  return { recoveryMs: Date.now() - upAt, answer }
}

async function whileItWorks(world, random, number, accepted) {
  for (let n = 0; n < 3; n++) await world.submit({ pack: `pack-${1 + Math.floor(random() * PACKS)}`, requestId: `o${number}-${n}` })
  await pause(random() * 600)
  accepted.push(...[0, 1, 2].map(n => `o${number}-${n}`))
}

// {outages: [{kind, downMs, recoveryMs}], accepted, daemon}. Throws when an accepted request has no report in the end.
export async function runOutages(world, { count, seed, settings = {}, onOutage = () => {} }) {
  const random = randomOf(seed)
  furnish(world, { packs: Array.from({ length: PACKS }, (_, n) => `pack-${n + 1}`) })
  const daemon = await world.startDaemon({ 'log.level': 'info', 'redis.block_timeout': '2s', ...settings })
  const outages = []
  const asked = []
  let accepted = 0
  for (let number = 0; number < count; number++) {
    await whileItWorks(world, random, number, asked)
    const kind = KINDS[Math.floor(random() * KINDS.length)]
    const { downMs, upAt } = await cause(world, kind, random)
    const { recoveryMs, answer } = await recover(world, `recovery-${number}`, `pack-${1 + Math.floor(random() * PACKS)}`, upAt)
    accepted += answer.Code === 'Accepted' ? 1 : 0
    outages.push({ kind, downMs, recoveryMs })
    onOutage(outages.at(-1))
    assert.ok(daemon.isRunning, daemon.stderr.text)
  }
  for (const id of asked) accepted += (await world.answer(id)).Code === 'Accepted' ? 1 : 0
  await eventually('every accepted job has ended', async () =>
    await world.redis.hlen(world.key('jobs')) === 0 && await world.redis.xlen(world.key('requests')) === 0)
  for (let n = 1; n <= PACKS; n++) {
    const { status } = await world.reportInRedis(ACCOUNT, `pack-${n}`)
    assert.ok(status === 'COMPLETE' || status === undefined, `pack-${n} ended as ${status}`)
  }
  return { outages, accepted, daemon }
}
