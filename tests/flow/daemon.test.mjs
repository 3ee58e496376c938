// SPDX-License-Identifier: MIT
//
// The daemon as operators meet it: its settings and what prints them, what it tells systemd, what it logs, and what it says of a
// Redis that can lose jobs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, ROOT, eventually, inWorld, logLines, worldOfFile } from './lib/harness.mjs'
import { furnish } from './lib/fixtures.mjs'

const PACKREPORTD = path.join(BUILD, 'packreportd')
const LISTENER = path.join(BUILD, 'tests/notify_listener')
const EX_USAGE = 64

const own = worldOfFile()
const source = name => fs.readFileSync(path.join(ROOT, name), 'utf8')
const run = (args, options) => own.run(PACKREPORTD, args, options)

// [section, key, default] of every setting, as docs/settings.md has them.
const SETTINGS = source('docs/settings.md').split('\n## ').slice(1).flatMap(chapter =>
  [...chapter.matchAll(/^\| `(\w+)` \|[^|]*\| (?:`(.*?)`)? *\|/gm)].map(([, key, initial]) =>
    [/^\[(\w+)\]/.exec(chapter)[1], key, initial ?? '']))

// {"section.key": [value, origin]} of what --print-config prints.
function printed(text) {
  const values = {}
  let section
  let above = ''
  for (const line of text.split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section
    const pair = /^(\w+) = ?(.*?)(?: +; (.*))?$/.exec(line)
    if (pair) values[`${section}.${pair[1]}`] = [pair[2], pair[3] ?? above]
    above = /^; (.*)$/.exec(line)?.[1] // of a long line the origin stands above it
  }
  return values
}

// ---- settings

describe('settings', { concurrency: 2 }, () => {
  test('the reference page is what the program prints', async () => {
    assert.ok(SETTINGS.length >= 45, `${SETTINGS.length} settings`)
    assert.equal((await run(['--print-settings-doc'])).stdout, source('docs/settings.md'))
  })

  test('--help lists every option and every setting with its default', async () => {
    const { stdout, stderr } = await run(['--help'])
    assert.equal(stderr, '')
    for (const option of ['config', 'set', 'dev', 'state-dir', 'check-config', 'print-config', 'print-settings-doc']) {
      assert.match(stdout, new RegExp(`--${option}\\b`))
    }
    const sections = Object.fromEntries(stdout.split(/^ \[/m).slice(1).map(part => [part.slice(0, part.indexOf(']')), part]))
    for (const [section, key, initial] of SETTINGS) {
      const start = sections[section].search(new RegExp(`^  ${key} `, 'm'))
      assert.ok(start >= 0, `[${section}] ${key}`)
      const told = sections[section].slice(start).replace(/\s+/g, ' ')
      if (initial !== '') assert.ok(told.includes(`default ${initial})`), `[${section}] ${key}: ${initial}`)
    }
    assert.match((await run(['--version'])).stdout, /^packreportd \d+\.\d+\.\d+\nTLS to Redis: (yes|no) \(hiredis \d+\.\d+\.\d+\)\n$/)
  })

  test('--print-config says every value and where it comes from, and is itself a file of settings', async () => {
    const file = own.write('a.ini', own.settings({ 'worker.max_jobs': '3', 'queue.lease': '20000ms', 'source.body_limit': '1024k' }))
    const first = (await run(['--print-config', '--config', file, '--set', 'worker.max_jobs=5', '--set', 'log.level=error'],
      { env: { CREDENTIALS_DIRECTORY: own.path('credentials') } })).stdout
    const values = printed(first)
    const all = SETTINGS.map(([section, key]) => `${section}.${key}`)
    assert.deepEqual(Object.keys(values).sort(), all.filter(name => !/^(redis\.((sentinel_)?credential|tls_key)|api\.(keys|(link|tls)_credential))$/.test(name)).sort())
    assert.deepEqual(values['worker.max_jobs'], ['5', '--set'])
    assert.deepEqual(values['log.level'], ['error', '--set'])
    assert.equal(values['queue.lease'][0], '20s')
    assert.match(values['queue.lease'][1], new RegExp(`^${file}:\\d+$`))
    assert.equal(values['source.body_limit'][0], '1M')
    assert.deepEqual(values['credentials.path'], [own.path('credentials'), '$CREDENTIALS_DIRECTORY'])
    for (const [section, key, initial] of SETTINGS) {
      const [value, origin] = values[`${section}.${key}`] ?? []
      if (origin === 'default') assert.equal(value, initial, `[${section}] ${key}`)
    }
    assert.equal(values['worker.max_attempts'][1], 'default')
    const again = printed((await run(['--print-config', '--config', own.write('b.ini', first)])).stdout)
    for (const name of Object.keys(values)) assert.equal(again[name][0], values[name][0], name)
  })

  test('a secret is not printed', async () => {
    const file = own.write('secret.ini', own.settings({ 'redis.user': 'u', 'redis.credential': 'redis-password' }))
    const { stdout } = await run(['--print-config', '--config', file])
    assert.match(stdout, /^; credential is set, and not shown ; .*secret\.ini:\d+$/m)
    assert.ok(!stdout.includes('redis-password'))
  })

  test('config/packreportd.ini is right, and has every setting with its default', async () => {
    const text = source('config/packreportd.ini')
    const told = {}
    let section
    for (const line of text.split('\n')) {
      section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section
      const pair = /^(;?)(\w+) =\s*(.*)$/.exec(line)
      if (pair) told[`${section}.${pair[2]}`] = { isComment: pair[1] === ';', value: pair[3] }
    }
    // Commented out: the default, where there is one.
    for (const [name, key, initial] of SETTINGS.filter(([name]) => name !== 'drill')) {
      const line = told[`${name}.${key}`]
      assert.ok(line, `[${name}] ${key} stands in it`)
      if (line.isComment && initial !== '') assert.equal(line.value, initial, `[${name}] ${key}`)
    }
    furnish({ write: (file, content) => own.write(`site/${file}`, content) })
    const site = name => own.path('site', name)
    const args = Object.entries({ 'source.inventory': site('inventory'), 'rules.path': site('rules'), 'store.path': site('reports'),
      'source.accounts': path.join(ROOT, 'config/accounts.json'), 'credentials.path': site('credentials') }).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    for (const name of ['secmaster-token', 'secmaster-token-2']) own.writePrivate(`site/credentials/${name}`, 'token\n')
    const result = await run(['--check-config', '--config', path.join(ROOT, 'config/packreportd.ini'), ...args])
    assert.deepEqual([result.stdout, result.stderr], [`packreportd: ${path.join(ROOT, 'config/packreportd.ini')}: right\n`, ''])
    assert.ok(!fs.existsSync(site('reports')), 'a check writes nothing')
  })

  test('wrong usage: 64', async () => {
    for (const [args, says] of [
      [['--bogus'], /unrecognized option '--bogus'/],
      [['start'], /"start" is not an option; packreportd takes no other arguments/],
      [['--check-config', '--print-config'], /exclude each other/],
      [['--set'], /option '--set' requires an argument/],
      [['--state-dir', '/x'], /--state-dir needs --dev/],
    ]) {
      const result = await run(args, { status: EX_USAGE })
      assert.match(result.stderr, says)
      assert.equal(result.stdout, '')
    }
  })
})

// ---- systemd

const needsListener = { skip: fs.existsSync(LISTENER) ? false : 'notify_listener is built with PACKREPORT_TESTS=ON only' }

async function listen(world) {
  const socket = world.path('notify.sock')
  const listener = world.start(LISTENER, [socket])
  await eventually('the listener listens', () => listener.stdout.text.startsWith('listening\n'))
  const messages = () => listener.stdout.text.split('\n').slice(1, -1)
  return { socket, messages, heard: text => messages().some(message => message.split('|').includes(text)) }
}

test('systemd hears READY when the daemon can consume, and not before', needsListener, inWorld(async world => {
  furnish(world)
  await world.redisServer.end()
  const manager = await listen(world)
  const daemon = await world.startDaemon({}, { ready: false, env: { NOTIFY_SOCKET: manager.socket } })
  await eventually('all connections have tried', () =>
    new Set(logLines(daemon).filter(line => line.event === 'redis.down').map(line => line.connection)).size === 3)
  assert.ok(!manager.heard('READY=1'), manager.messages().join('\n'))
  await world.startRedis()
  await eventually('READY=1', () => manager.heard('READY=1'))
  assert.ok(manager.heard('STATUS=consuming requests'))
  const result = await world.cli(['generate', '--account', ACCOUNT, '--pack', 'pack-1', '--wait', '--json'])
  assert.equal(JSON.parse(result.stdout).report.ReportStatus, 'COMPLETE')

  // sd_notify(3): RELOADING with the time of it, then READY again.
  const before = manager.messages().length
  daemon.kill('SIGHUP')
  await eventually('READY=1 after the reload', () => manager.messages().slice(before).join().includes('READY=1'))
  assert.match(manager.messages().slice(before)[0], /^RELOADING=1\|MONOTONIC_USEC=\d+$/)

  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null })
  await eventually('STOPPING=1', () => manager.heard('STOPPING=1'))
}))

test('the watchdog is fed by a daemon that consumes, and not by one that waits for Redis', needsListener, inWorld(async world => {
  furnish(world)
  const manager = await listen(world)
  const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: '200000' }
  const daemon = await world.startDaemon({}, { env })
  await eventually('WATCHDOG=1, again and again', () => manager.messages().filter(message => message === 'WATCHDOG=1').length >= 3)
  await daemon.end()

  await world.redisServer.end()
  const before = manager.messages().length
  const waiting = await world.startDaemon({}, { ready: false, env })
  await eventually('it has tried', () => logLines(waiting).some(line => line.event === 'redis.down'))
  assert.ok(!manager.messages().slice(before).includes('WATCHDOG=1'))
}))

// Longer than a daemon may be without a reply before it counts as stuck (MONITOR_HEALTHY_WITHIN_MS).
const LONG_OUTAGE_MS = 16500

test('the watchdog does not kill a daemon for an outage of Redis, and its job counts no crash', needsListener, inWorld(async world => {
  furnish(world)
  const manager = await listen(world)
  const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: '2000000' }
  const daemon = await world.startDaemon({ 'queue.lease': '2s', 'redis.command_timeout': '1s', 'drill.step': 'render', 'drill.stall': '4s' }, { env })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await eventually('it runs', async () => (await world.report('pack-1')).job?.step === 'render')
  world.redisServer.kill('SIGSTOP')
  const end = Date.now() + LONG_OUTAGE_MS
  await eventually('the outage is long', () => Date.now() > end, { deadlineMs: 2 * LONG_OUTAGE_MS })
  const before = manager.messages().length
  await eventually('it is fed still', () => manager.messages().slice(before).includes('WATCHDOG=1'))
  world.redisServer.kill('SIGCONT')
  const report = await world.reportEnds('pack-1')
  assert.equal(report.ReportStatus, 'COMPLETE')
  const { stdout } = await world.cli(['status', '--account', ACCOUNT, '--pack', 'pack-1', '--history', '--json'])
  assert.equal(JSON.parse(stdout).history.crashes, '0')
  assert.ok(!daemon.stderr.text.includes('"watchdog.withheld"'), daemon.stderr.text)
}))

// ---- logs

const LEVELS = ['error', 'warning', 'info', 'debug']
const PRIORITY = { error: '<3>', warning: '<4>', info: '<6>', debug: '<7>' }

async function logOf(world, overrides, env) {
  const daemon = await world.startDaemon({ 'log.format': 'auto', ...overrides }, { ready: false, env })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await world.reportEnds('pack-1')
  await daemon.end()
  return daemon.stderr.text.trim().split('\n')
}

function checkObject(line) {
  const object = JSON.parse(line)
  const [time, level, event] = Object.keys(object)
  assert.deepEqual([time, level, event], ['time', 'level', 'event'])
  assert.match(object.time, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.ok(LEVELS.includes(object.level))
  assert.match(object.event, /^[a-z]+\.[a-z_]+$/)
  return object
}

const EVENTS = ['rules.loaded', 'redis.up', 'daemon.ready', 'job.start', 'job.complete', 'drain.begin', 'drain.end']

test('log lines as JSON, for a journal, and as text', inWorld(async world => {
  furnish(world)
  const json = (await logOf(world, {})).map(checkObject)
  for (const event of EVENTS) assert.ok(json.some(line => line.event === event), event)
  assert.ok(json.some(line => line.level === 'debug'))

  for (const [overrides, env] of [[{ 'log.format': 'journal' }, {}], [{}, { JOURNAL_STREAM: '8:1' }]]) {
    for (const line of await logOf(world, overrides, env)) {
      const object = checkObject(line.slice(3))
      assert.equal(line.slice(0, 3), PRIORITY[object.level], line)
    }
  }
  const text = await logOf(world, { 'log.format': 'text' })
  for (const line of text) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} (error|warning|info|debug) +[a-z]+\.[a-z_]+( [a-z_]+=(\S+|".*"))*$/)
  for (const event of EVENTS) assert.ok(text.some(line => line.includes(` ${event}`)), event)
}))

test('on a terminal the log is text', { skip: spawnSync('script', ['--version']).error ? 'script of util-linux is not here' : false },
  inWorld(async world => {
    furnish(world)
    const file = world.write('tty.ini', world.settings({ 'log.format': 'auto' }))
    const daemon = world.start('script', ['-qec', `${PACKREPORTD} --config ${file}`, '/dev/null'])
    await eventually('the daemon is ready', () => /^\d\d:\d\d:\d\d\.\d{3} info +daemon\.ready pid=\d+\r$/m.test(daemon.stdout.text))
    const [, pid] = /daemon\.ready pid=(\d+)/.exec(daemon.stdout.text)
    process.kill(Number(pid), 'SIGTERM')
    assert.equal((await daemon.ended).code, 0)
  }))

test('the level leaves out what is less important', inWorld(async world => {
  furnish(world)
  const info = (await logOf(world, { 'log.level': 'info' })).map(checkObject)
  assert.ok(info.some(line => line.level === 'info') && !info.some(line => line.level === 'debug'))
  const daemon = await world.startDaemon({ 'log.level': 'warning' }, { ready: false })
  await world.answer(await world.submit({ pack: 'pack-1' }))
  await daemon.end()
  assert.ok(logLines(daemon).every(line => ['error', 'warning'].includes(line.level)), daemon.stderr.text)
}))

test('credentials that others can get at, and links that only one daemon knows, are told of at the start and by a check', inWorld(async world => {
  furnish(world)
  await world.redis.acl('SETUSER', 'reports', 'on', '>x', '~*', '&*', '+@all')
  world.write('credentials/redis-password', 'x') // 0644
  world.write('credentials/link-key', 'k'.repeat(32))
  const settings = { 'redis.user': 'reports', 'redis.credential': 'redis-password', 'credentials.path': world.path('credentials'),
    'api.listen': '127.0.0.1:0', 'api.public_url': 'https://reports.example.com' }
  const told = daemon => logLines(daemon).filter(line => ['credentials.exposed', 'api.own_link_key'].includes(line.event))
  const daemon = await world.startDaemon(settings)
  assert.deepEqual(told(daemon).map(line => [line.level, line.event]), [['warning', 'credentials.exposed'], ['warning', 'api.own_link_key']])
  assert.match(told(daemon)[0].message, /credentials\/redis-password: the mode 0644 lets others at the secret in it; 0600 or 0400 is right$/)
  assert.match(told(daemon)[1].message, /link_credential is not set: /)

  const check = await run(['--check-config', '--config', daemon.config])
  assert.equal(check.stderr, told(daemon).map(line => `packreportd: warning: ${line.message}\n`).join(''))
  assert.match(check.stdout, /: right\n$/)

  world.writePrivate('credentials/redis-password', 'x')
  const both = await world.startDaemon({ ...settings, 'api.link_credential': 'link-key' })
  assert.match(told(both)[0].message, /credentials\/link-key: the mode 0644/)
  world.writePrivate('credentials/link-key', 'k'.repeat(32))
  const { 'api.public_url': _, ...local } = settings
  for (const quiet of [{ ...settings, 'api.link_credential': 'link-key' }, local]) assert.deepEqual(told(await world.startDaemon(quiet)), [])
}))

test('an account whose packs cannot be fetched is told of at the start and at each reload, until that is mended', inWorld(async world => {
  furnish(world)
  const cloud = { project_id: 'p', workspace_id: 'w', base_url: 'https://secmaster.example.com' }
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT, ...cloud, credential: 'token' }, { AccountId: '2', ...cloud, credential: 'token-2' }] })
  world.writePrivate('credentials/token', 'x')
  const daemon = await world.startDaemon({ 'source.kind': 'secmaster', 'credentials.path': world.path('credentials') })
  const problems = () => logLines(daemon).filter(line => line.event === 'accounts.problem')
  assert.equal(problems().length, 1, daemon.stderr.text)
  assert.match(problems()[0].error, /accounts\.json: account 2 has the credential "token-2", and there is no readable file of this name in .*credentials$/)
  const reload = async nth => {
    daemon.kill('SIGHUP')
    await eventually('the reload is done', () => logLines(daemon).filter(line => line.event === 'reload.done').length === nth)
  }
  await reload(1)
  assert.equal(problems().length, 2)
  world.writePrivate('credentials/token-2', 'x')
  await reload(2)
  assert.equal(problems().length, 2)
}))

test('what comes from outside cannot break a line', inWorld(async world => {
  furnish(world)
  const evil = 'a"b\\c\nINJECTED line \u001b[31m'
  world.write('rules/evil.json', { id: 'evil', resourceTypes: ['t'], checkItems: [{ uuid: 'item-1' }], riskLevel: 1, condition: {},
    [evil]: 1 })
  const json = (await logOf(world, {})).map(checkObject)
  assert.ok(json.some(line => line.event === 'rules.problem' && line.problem.includes('INJECTED')))
  const text = await logOf(world, { 'log.format': 'text' })
  assert.ok(text.every(line => /^\d\d:\d\d:/.test(line) && !/[\0-\x1f\x7f]/.test(line)), text.join('\n'))
}))

// ---- a Redis that can lose jobs

test('an evicting policy and a missing append-only file are warned of, and only then', inWorld(async world => {
  furnish(world)
  const warnings = async () => {
    const daemon = await world.startDaemon()
    await daemon.end()
    return logLines(daemon).filter(line => line.level === 'warning' && ['redis.evicts', 'redis.not_durable'].includes(line.event))
  }
  assert.deepEqual(await warnings(), [])
  await world.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await world.redis.config('SET', 'appendonly', 'no')
  const told = await warnings()
  assert.deepEqual(told.map(line => line.event).sort(), ['redis.evicts', 'redis.not_durable'])
  const [evicts, durable] = ['redis.evicts', 'redis.not_durable'].map(event => told.find(line => line.event === event))
  assert.equal(evicts.maxmemory_policy, 'allkeys-lru')
  assert.match(evicts.advice, /accepted jobs can be lost: set maxmemory-policy noeviction/)
  assert.match(durable.advice, /a restart of Redis loses jobs: set appendonly yes/)
}))
