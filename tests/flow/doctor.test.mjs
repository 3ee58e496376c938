// SPDX-License-Identifier: MIT
//
// `packreport doctor`: clean beside a working daemon, 1 when something is wrong, 0 once it is repaired.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import path from 'node:path'
import { ACCOUNT, BUILD, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const doctor = async (world, args, status) => JSON.parse((await world.cli(['doctor', ...args, '--json'], { status })).stdout)

test('a working queue has nothing wrong, also after cancel, pause and dead letters', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.startDaemon()
  await world.answer(await world.submit({ pack: 'pack-1', token: 'token' }))
  await world.reportEnds('pack-1')
  await world.cli(['pause', '--account', ACCOUNT])
  await world.answer(await world.submit({ pack: 'pack-2' }))
  assert.deepEqual((await doctor(world, [], 0)).findings, [])
  await world.cli(['cancel', '--account', ACCOUNT, '--pack', 'pack-2'])
  await world.cli(['resume', '--account', ACCOUNT])
  const { stdout } = await world.cli(['doctor'])
  assert.match(stdout, /^\d+ keys, 0 jobs: nothing is wrong\n$/)
}))

test('what is wrong is said, repaired, and gone', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  await world.redis.hset(world.key('dead:rp-orphan'), 'code', 'x')
  await world.redis.set(world.key('history:rp-1'), 'x')
  await world.redis.zadd(world.key('held'), 1, 'ghost')
  const found = await doctor(world, [], 1)
  assert.deepEqual([found.found, found.repaired], [3, 0])
  assert.match((await world.cli(['doctor'], { status: 1 })).stdout, /^keys +dead:rp-orphan belongs to no dead job$/m)
  const repaired = await doctor(world, ['--repair'], 0)
  assert.ok(repaired.findings.every(finding => finding.repaired))
  assert.equal(repaired.found, 3)
  assert.equal((await doctor(world, [], 0)).found, 0)
  await world.redis.set(world.key('surprise'), 1)
  await doctor(world, ['--repair'], 1)
  assert.equal(await world.redis.get(world.key('surprise')), '1', 'what is not known is left alone')
}))

// A name may hold anything: it moves no cursor, and the JSON stays what it is.
test('what somebody has put into a name is shown, and does nothing', inWorld(async world => {
  const name = Buffer.concat([Buffer.from(world.key('x\x1b]0;gone\x07\n\u009b')), Buffer.from([0xff, 0])])
  await world.redis.set(name, 1)
  const shown = 'the key packreport:{0}:x\\x1b]0;gone\\x07\\x0a\\xc2\\x9b\\xff\\x00 has a name that is not known'
  assert.deepEqual((await doctor(world, [], 1)).findings.filter(one => one.area === 'keys').map(one => one.finding), [shown])
  const { stdout } = await world.cli(['doctor'], { status: 1 })
  assert.ok(stdout.includes(`keys      ${shown}\n`), stdout)
  assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
}))

// Its worker has died over the job twice: a third time is not too often where the settings say ten.
test('a repair buries no job that the daemons would run again', inWorld(async world => {
  furnish(world)
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '1s', 'worker.max_crashes': '10', 'worker.sweep_interval': '1min' }
  const daemon = await world.startDaemon({ ...quick, 'drill.step': 'bind', 'drill.stall': '60s' })
  const { ReportId: id } = await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('it runs', async () => await world.redis.zcard(world.key('running')) === 1)
  await daemon.end('SIGKILL')
  await world.redis.zadd(world.key('workers'), Date.now() + 600000, 'another') // somebody lives, so leases are judged
  for (const args of [['--config', daemon.config], ['--redis', `unix:${world.socket}`]]) {
    const [fence, attempts, , ...rest] = (await world.redis.hget(world.key('jobs'), id)).split('|')
    const owned = [...rest]
    owned[1] = 'dead-worker'
    await world.redis.hset(world.key('jobs'), id, [fence, attempts, '2', ...owned].join('|'))
    await world.redis.zrem(world.key('ready'), id)
    await world.redis.zadd(world.key('running'), 1, id)
    await world.run(path.join(BUILD, 'packreport'), ['doctor', '--repair', ...args], { status: null })
    assert.equal(await world.redis.zcard(world.key('dead')), 0, args[0])
    assert.equal((await world.redis.hget(world.key('jobs'), id)).split('|')[2], '3')
    assert.equal(await world.redis.zcard(world.key('ready')), 1)
  }
}))

test('settings that endanger jobs are named', inWorld(async world => {
  await world.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const { findings } = await doctor(world, ['--repair'], 1)
  assert.deepEqual(findings.map(finding => [finding.area, finding.repaired]), [['settings', false]])
}))
