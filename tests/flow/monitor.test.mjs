// SPDX-License-Identifier: MIT
//
// The operators' endpoints: what they say while all is well, without Redis, and at the end; and that Prometheus' own tools read
// what they write.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, ROOT, eventually, inWorld, logLines } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'
import { addressOf, generate, openDoor, send } from './lib/door.mjs'
import { startMockSecMaster } from '../support/mock-secmaster.mjs'

async function monitored(world, overrides = {}) {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon({ 'monitor.listen': '127.0.0.1:0', ...overrides })
  const { address } = logLines(daemon).find(line => line.event === 'monitor.listening')
  return { daemon, address, at: path => send(address, { path }) }
}

// The same with packs from a service.
async function withUpstream(world, overrides = {}) {
  furnish(world)
  const mock = await startMockSecMaster({ token: 'token-for-tests' })
  world.closers.push(() => mock.stop())
  world.write('credentials/secmaster-token', 'token-for-tests\n')
  world.write('accounts.json', {
    accounts: [{ AccountId: ACCOUNT, project_id: '0123456789abcdef0123456789abcdef', workspace_id: 'ws-0001', base_url: mock.url, credential: 'secmaster-token' }],
  })
  const daemon = await world.startDaemon({
    'monitor.listen': '127.0.0.1:0', 'source.kind': 'secmaster', 'source.allow_plain_http': 'yes', 'credentials.path': world.path('credentials'),
    'worker.retry_base': '10ms', 'worker.retry_cap': '20ms', 'worker.sweep_interval': '100ms', ...overrides,
  })
  const { address } = logLines(daemon).find(line => line.event === 'monitor.listening')
  return { daemon, mock, at: path => send(address, { path }) }
}

const freePort = () => new Promise(resolve => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

// {name{labels}: value}
const parse = text => Object.fromEntries(text.split('\n').filter(line => line && !line.startsWith('#')).map(line => {
  const at = line.lastIndexOf(' ')
  return [line.slice(0, at), Number(line.slice(at + 1))]
}))

test('healthy and ready with Redis, not without, and again', inWorld(async world => {
  const { at } = await monitored(world)
  assert.equal((await at('/healthz')).status, 200)
  assert.deepEqual([(await at('/readyz')).status, (await at('/readyz')).text], [200, 'ready\n'])
  await world.redisServer.end('SIGKILL')
  const gone = await eventually('not ready', async () => {
    const answer = await at('/readyz')
    return answer.status === 503 && answer
  })
  assert.ok(gone.text.length > 10, gone.text)
  const scrape = await at('/metrics')
  assert.equal(scrape.status, 200)
  assert.equal(parse(scrape.text)['packreport_redis_up{partition="0"}'], 0)
  assert.ok(!scrape.text.includes('packreport_queue_jobs{'))
  await world.startRedis()
  await eventually('ready again', async () => (await at('/readyz')).status === 200)
}))

test('metrics count what happened', inWorld(async world => {
  const { at, daemon } = await monitored(world, openDoor)
  const door = await addressOf(daemon)
  await generate(door, 'pack-1')
  await generate(door, 'pack-9')
  await world.reportEnds('pack-1')
  assert.equal((await world.answer(await world.submit({ pack: 'pack-2' }))).Code, 'Accepted')
  await world.reportEnds('pack-2')
  const { text, headers } = await at('/metrics')
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const metrics = parse(text)
  assert.equal(metrics.packreport_ready, 1)
  assert.equal(metrics['packreport_answers_total{from="http",code="Accepted"}'], 1)
  assert.equal(metrics['packreport_answers_total{from="queue",code="Accepted"}'], 1)
  assert.equal(metrics['packreport_attempts_total{outcome="complete"}'], 2)
  assert.equal(metrics.packreport_http_refused_total, 1)
  assert.equal(metrics['packreport_redis_up{partition="0"}'], 1)
  assert.equal(metrics['packreport_queue_jobs{partition="0",place="ready"}'], 0)
  for (const stage of ['wait', 'fetch', 'bind', 'evaluate', 'render', 'store', 'total']) {
    assert.equal(metrics[`packreport_stage_seconds_count{stage="${stage}"}`], 2, stage)
    assert.equal(metrics[`packreport_stage_seconds_bucket{stage="${stage}",le="+Inf"}`], 2, stage)
    assert.ok(metrics[`packreport_stage_seconds_sum{stage="${stage}"}`] >= 0)
  }
  const { inventory, summary } = JSON.parse(fs.readFileSync(`${world.visibleReports('pack-1')[0].folder}/report.json`))
  assert.ok(inventory.records > 0)
  assert.equal(metrics.packreport_resources_evaluated_total, 2 * inventory.records)
  for (const [outcome, count] of Object.entries(summary.findingCounts)) {
    assert.equal(metrics[`packreport_findings_total{outcome="${outcome}"}`], 2 * count, outcome)
  }
  assert.ok(Math.abs(metrics.process_start_time_seconds * 1000 - Date.now()) < 120000, `${metrics.process_start_time_seconds}`)
  assert.ok(metrics.process_cpu_seconds_total > 0 && metrics.process_cpu_seconds_total < 100)
  assert.ok(metrics.process_resident_memory_bytes > 1e6 && metrics.process_resident_memory_bytes < 1e12)
  assert.ok(metrics.process_open_fds > 5 && metrics.process_open_fds < metrics.process_max_fds)
  assert.ok(!text.includes('packreport_upstream'), 'packs are files: nobody is asked')
  for (const line of text.split('\n')) assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9.e+]+|)$/, line)
}))

test('the alerts of docs/operations.md ask for metrics that there are', inWorld(async world => {
  const { at } = await withUpstream(world, openDoor)
  const names = new Set(Object.keys(parse((await at('/metrics')).text)).map(key => key.replace(/\{.*/, '')))
  const [, section] = /^#### What to be told of\n(.*?)^### /ms.exec(fs.readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8'))
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  assert.ok(rows.length > 8)
  for (const row of rows) {
    const asked = row.split(' | ')[0].match(/(packreport|process)_[a-z_]+/g)
    for (const name of asked) assert.ok(names.has(name), name)
  }
}))

test('metrics tell of the pack service', inWorld(async world => {
  const { at, mock } = await withUpstream(world)
  const named = (metrics, name) => Object.fromEntries(Object.entries(metrics).filter(([key]) => key.startsWith(name)))
  const before = parse((await at('/metrics')).text)
  assert.equal(before.packreport_upstream_last_success_timestamp_seconds, 0)
  assert.ok(Object.values(named(before, 'packreport_upstream_')).every(value => value === 0))
  assert.equal(Object.keys(named(before, 'packreport_upstream_requests_total')).length, 9)
  for (const pack of ['mock-500-x1', 'mock-429-retry-1-x1', 'mock-cut-x1', 'mock-404', 'mock-401', 'mock-redirect']) {
    assert.equal((await world.answer(await world.submit({ pack }))).Code, 'Accepted')
    await world.reportEnds(pack)
  }
  const after = parse((await at('/metrics')).text)
  const count = outcome => after[`packreport_upstream_requests_total{outcome="${outcome}"}`]
  const outcomes = { success: 3, not_found: 1, denied: 1, throttled: 1, refused: 1, unavailable: 1, timeout: 0, unusable: 1, cancelled: 0 }
  assert.deepEqual(Object.fromEntries(Object.keys(outcomes).map(name => [name, count(name)])), outcomes)
  assert.equal(after.packreport_upstream_request_seconds_count, 9)
  assert.equal(after['packreport_upstream_request_seconds_bucket{le="+Inf"}'], 9)
  assert.ok(Math.abs(after.packreport_upstream_last_success_timestamp_seconds - Date.now() / 1000) < 120)
  await mock.stop()
  await world.submit({ pack: 'mock-ok' })
  await eventually('it is unavailable', async () =>
    parse((await at('/metrics')).text)['packreport_upstream_requests_total{outcome="unavailable"}'] > 1)
}))

test("Prometheus' own checker finds nothing to say", { skip: !fs.existsSync('/usr/bin/promtool') && 'promtool is not here' }, inWorld(async world => {
  const { at, daemon } = await withUpstream(world, { ...openDoor, 'queue.partitions': '3' })
  world.partitions = 3
  await generate(await addressOf(daemon), 'mock-ok')
  await world.reportEnds('mock-ok')
  const { text } = await at('/metrics')
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  assert.equal(checked.status, 0, checked.stdout + checked.stderr)
  assert.equal(checked.stderr.trim(), '')
}))

test('a real Prometheus scrapes it', { skip: !fs.existsSync('/usr/bin/prometheus') && 'prometheus is not here' }, inWorld(async world => {
  const { address } = await monitored(world)
  const port = await freePort()
  const config = world.write('prometheus.yml', `scrape_configs:\n- job_name: packreport\n  scrape_interval: 1s\n  static_configs:\n  - targets: ['${address}']\n`)
  world.start('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${world.path('tsdb')}`, `--web.listen-address=127.0.0.1:${port}`])
  const ask = async path => (await send(`127.0.0.1:${port}`, { path: `/api/v1/${path}` }).catch(() => ({}))).json
  const [sample] = await eventually('a sample', async () => {
    const answer = await ask('query?query=packreport_ready')
    return answer?.data?.result.length > 0 && answer.data.result
  })
  assert.equal(sample.value[1], '1')
  const { data } = await ask('targets')
  assert.equal(data.activeTargets[0].lastError, '')
}))

test('what is not there, and what is not asked like that', inWorld(async world => {
  const { address, at, daemon } = await monitored(world)
  const none = await at('/')
  assert.equal(none.status, 404)
  assert.match(none.text, /\/healthz, \/readyz or \/metrics/)
  assert.equal((await send(address, { method: 'POST', path: '/metrics' })).status, 405)
  const head = await send(address, { method: 'HEAD', path: '/healthz' })
  assert.deepEqual([head.status, head.bytes.length], [200, 0])
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text.slice(-2000))
}))

for (const taken of ['monitor.listen', 'api.listen']) {
  test(`${taken} is in use: the start fails, and nothing has begun that could be drained`, inWorld(async world => {
    furnish(world)
    const server = net.createServer()
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    world.closers.push(() => server.close())
    const free = { 'monitor.listen': '127.0.0.1:0', 'api.listen': '127.0.0.1:0' }
    const daemon = await world.startDaemon({ ...free, [taken]: `127.0.0.1:${server.address().port}` }, { ready: false })
    assert.notEqual((await daemon.ended).code, 0)
    const events = logLines(daemon).map(line => line.event)
    assert.ok(events.includes('daemon.start_failed'), daemon.stderr.text)
    assert.deepEqual(events.filter(event => event.startsWith('drain.')), [])
  }))
}
