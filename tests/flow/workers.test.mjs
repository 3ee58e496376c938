// SPDX-License-Identifier: MIT
//
// `packreport workers` and `packreport drain`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, eventually, inWorld } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const workers = async world => JSON.parse((await world.cli(['workers', '--json'], { status: null })).stdout)

async function held(world, overrides) {
  furnish(world)
  const daemon = await world.startDaemon({ 'worker.name': 'alpha', 'drill.step': 'bind', 'drill.stall': '10s', ...overrides })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  return { daemon, worker: await eventually('the worker holds the job', async () => (await workers(world)).find(one => one.jobs === 1)) }
}

test('one worker drains by command, finishes what it runs, and ends', inWorld(async world => {
  assert.equal((await world.cli(['workers'], { status: 1 })).stderr, 'there are no workers\n')
  const { daemon, worker } = await held(world)
  assert.match(worker.worker, /^alpha:\d+:/)
  assert.equal(worker.state, 'working')
  assert.ok(worker.silentMs < 5000)
  const other = await world.startDaemon({ 'worker.name': 'beta' })
  assert.match((await world.cli(['workers'])).stdout, /WORKER.*\n(.*beta:|.*alpha:)/)
  const { stdout } = await world.cli(['drain', '--worker', worker.worker])
  assert.match(stdout, /has been told to drain; it held 1 job /)
  await eventually('it says so', async () => (await workers(world)).find(one => one.worker === worker.worker).state === 'draining')
  assert.deepEqual(await daemon.ended, { code: 79, signal: null })
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  const { history } = await world.report('pack-1', undefined, ['--history'])
  assert.equal(history.worker, worker.worker, 'the drained one finished it')
  assert.ok(other.isRunning)
  assert.deepEqual((await workers(world)).map(one => one.worker.split(':')[0]), ['beta'], 'who has ended is off the list')
  assert.equal((await other.end()).code, 0)
  assert.equal((await world.cli(['workers'], { status: 1 })).stderr, 'there are no workers\n')
}))

test('a worker is named by its name, and waited for', inWorld(async world => {
  const quick = { 'queue.lease': '2s', 'redis.command_timeout': '1s' }
  const { daemon, worker } = await held(world, { 'drill.stall': '8s', ...quick })
  assert.match((await world.cli(['drain', '--worker', 'alph'], { status: 1 })).stderr, /there is no worker alph;/)
  assert.ok(!daemon.stderr.text.includes('"drain.begin"'))
  const late = await world.cli(['drain', '--worker', 'alpha', '--wait', '--timeout', '1', '--json'], { status: 75 })
  assert.deepEqual(JSON.parse(late.stdout), { worker: worker.worker, result: 'told', jobs: 1 })
  assert.ok(daemon.isRunning)
  const { stdout } = await world.cli(['drain', '--worker', 'alpha', '--wait'])
  assert.match(stdout, new RegExp(`^worker ${worker.worker} has been told to drain; .*\nworker ${worker.worker} has ended\n$`))
  assert.equal((await daemon.ended).code, 79)

  const twin = await world.startDaemon({ 'worker.name': 'twin', ...quick })
  const other = await world.startDaemon({ 'worker.name': 'twin', ...quick })
  const alive = async () => (await workers(world)).filter(one => one.worker.startsWith('twin:') && one.state === 'working').length
  await eventually('both are listed', async () => await alive() === 2)
  assert.match((await world.cli(['drain', '--worker', 'twin'], { status: 1 })).stderr, /several workers are named twin; .* give the id of one\n$/)
  assert.ok(twin.isRunning && other.isRunning)
  await other.end()
  await eventually('one of them is silent or gone', async () => await alive() === 1)
  assert.equal(JSON.parse((await world.cli(['drain', '--worker', 'twin', '--wait', '--json'])).stdout).result, 'ended')
  assert.equal((await twin.ended).code, 79)
}))

test('--hand-back does not wait', inWorld(async world => {
  const { daemon, worker } = await held(world, { 'drill.stall': '60s' })
  await world.cli(['drain', '--worker', worker.worker])
  await eventually('it drains', () => daemon.stderr.text.includes('"drain.begin"'))
  await world.cli(['drain', '--worker', worker.worker, '--hand-back'])
  assert.equal((await daemon.ended).code, 79)
  assert.equal((await world.report('pack-1')).job.place, 'ready')
  await world.startDaemon()
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
}))

test('a worker without a heartbeat for a lease is silent, whatever it was before', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'worker.name': 'alpha', 'queue.lease': '2s', 'redis.command_timeout': '1s' })
  await eventually('it is known', async () => (await workers(world))[0]?.state === 'working')
  await daemon.end('SIGKILL')
  const [silent] = await eventually('it is silent', async () => {
    const list = await workers(world)
    return list[0].state === 'silent' ? list : null
  })
  assert.ok(silent.silentMs >= 2000, `${silent.silentMs} ms`)
  assert.match((await world.cli(['workers'], { status: null })).stdout, /^alpha:\S+ +silent +\d+\.\d s /m)
}))

test('an unknown worker, or none, is refused', inWorld(async world => {
  assert.match((await world.cli(['drain', '--worker', 'nobody'], { status: 1 })).stderr, /there is no worker nobody/)
  assert.match((await world.cli(['drain', '--worker', 'x', '--timeout', '5'], { status: 64 })).stderr, /--timeout needs --wait/)
  assert.match((await world.cli(['drain'], { status: 64 })).stderr, /--worker ID is required: a worker as `packreport workers` names it/)
}))

test('nobody is alive: who follows a report is told once, and waits no longer than asked', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'queue.lease': '1s', 'redis.command_timeout': '500ms', 'drill.step': 'render', 'drill.stall': '60s' })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  const watched = ['watch', '--account', ACCOUNT, '--pack', 'pack-1', '--timeout']
  assert.doesNotMatch((await world.cli([...watched, '1'], { status: 75 })).stderr, /no worker/)
  assert.equal((await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1'])).stderr, '')
  daemon.kill('SIGKILL')
  await daemon.ended
  await eventually('it is silent', async () => (await world.cli(['workers'], { status: null })).code === 1)
  const { stderr } = await world.cli([...watched, '5'], { status: 75 })
  assert.equal(stderr.match(/no worker is alive/g)?.length, 1, stderr)
  const hint = what => `no worker is alive: the ${what} waits for one\n`
  const status = await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1', '--json'])
  assert.equal(JSON.parse(status.stdout).ReportStatus, 'CREATING')
  assert.equal(status.stderr, hint('report'))
  const asked = await world.cli(['generate', '--account', ACCOUNT, '--pack', 'pack-2', '--request-id', 'mine', '--timeout', '1', '--wait'], { status: 75 })
  assert.ok(asked.stderr.startsWith(hint('request')), asked.stderr)
  const answer = await world.cli(['status', '--request-id', 'mine'], { status: 1 })
  assert.ok(answer.stderr.endsWith(hint('queue')), answer.stderr)
  assert.match((await world.cli([...watched, '0'], { status: 64 })).stderr, /--timeout takes whole seconds/)
}))
