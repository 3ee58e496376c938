// SPDX-License-Identifier: MIT
//
// packreportd --dev: everything in one state folder, a private redis-server that lives exactly as long as the daemon, the sample
// content of share/, and no configuration.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { ACCOUNT, BUILD, ROOT, World, eventually, logLines } from './lib/harness.mjs'
import { CLIENTS } from './lib/clients.mjs'
import { addressOf } from './lib/door.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const SAMPLE_PACK = fs.readdirSync(path.join(ROOT, 'share/packs'))[0].replace('.json', '')
const EX = { USAGE: 64, UNAVAILABLE: 69, TEMPFAIL: 75, CONFIG: 78 }

// The program in <tree>/build/<preset> with share/ in <tree>, as in the source tree, wherever BUILD is.
function install(world) {
  const program = world.path('t/build/p/packreportd')
  fs.mkdirSync(path.dirname(program), { recursive: true })
  fs.copyFileSync(path.join(BUILD, 'packreportd'), program)
  fs.symlinkSync(path.join(ROOT, 'share'), world.path('t/share'))
  return program
}

function startDev(world, { args = [], ...options } = {}) {
  world.program ??= install(world)
  return world.start(world.program, ['--dev', '--state-dir', world.path('s'), ...args], options)
}

const isReady = daemon => eventually(() => `the daemon is ready: ${daemon.stderr.text}`, () => {
  assert.ok(daemon.isRunning, daemon.stderr.text)
  return daemon.stderr.text.includes('"daemon.ready"')
})

const client = (world, args, options) => world.run(PACKREPORT, [args[0], '--state-dir', world.path('s'), ...args.slice(1)], options)
const generate = (world, more = [], options) =>
  client(world, ['generate', '--account', ACCOUNT, '--pack', SAMPLE_PACK, '--wait', ...more], options)

// Processes that have this world's Redis socket on their command line or in their title: redis-server.
function redisServers(world) {
  return fs.readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
    try {
      const title = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return title.includes('redis-server') && title.includes(world.path('s'))
    } catch {
      return false // it has ended meanwhile
    }
  }).map(Number)
}

const noneIsLeft = world => eventually(() => `no redis-server is left: ${redisServers(world)}`, () => redisServers(world).length === 0)

// A world that makes sure of it, too: a redis-server that outlived its daemon is no child of ours.
function inDevWorld(body) {
  return async () => {
    const world = new World()
    try {
      await body(world)
    } finally {
      for (const pid of redisServers(world)) process.kill(pid, 'SIGKILL')
      await world.end()
    }
  }
}

test('a command that is pasted behind `packreportd --dev &` waits for the daemon', inDevWorld(async world => {
  const asking = generate(world) // before the daemon, which has to come within some seconds
  const daemon = startDev(world)
  await asking
  await daemon.end('SIGKILL') // which leaves the socket behind
  await noneIsLeft(world)
  assert.ok(fs.existsSync(world.path('s/redis/redis.sock')))
  const again = client(world, ['list'])
  await startDev(world)
  assert.match((await again).stdout, /COMPLETE/)
}))

test('the quick start: a report of the sample pack, and nothing is left running', inDevWorld(async world => {
  const daemon = startDev(world)
  await isReady(daemon)
  assert.equal(redisServers(world).length, 1)
  const [redis] = redisServers(world)
  const { stdout } = await generate(world)
  assert.match(stdout, /^Score +\d+\.\d\d %/m)
  assert.match(stdout, new RegExp(`^report files +${world.path('s/reports')}/${ACCOUNT}/${SAMPLE_PACK}/rp-`, 'm'))
  const listed = JSON.parse((await client(world, ['list', '--json'])).stdout)
  assert.deepEqual(listed.map(one => [one.CompliancePackId, one.ReportStatus]), [[SAMPLE_PACK, 'COMPLETE']])
  assert.equal(listed[0].complete.summary.resources, 500)

  // Private: a Unix socket that only the user can open, no port, nothing of it outside of the state folder.
  assert.equal(fs.statSync(world.path('s/redis/redis.sock')).mode & 0o077, 0)
  assert.equal(fs.readlinkSync(`/proc/${redis}/cwd`), fs.realpathSync(world.path('s/redis')))
  daemon.kill('SIGTERM')
  assert.deepEqual(await daemon.ended, { code: 0, signal: null }, daemon.stderr.text)
  assert.deepEqual(redisServers(world), [], 'the daemon waits for it')
}))

test("the vendor's clients need nothing but the address, and any key", inDevWorld(async world => {
  const daemon = startDev(world)
  await isReady(daemon)
  const address = await addressOf(daemon)
  for (const [name, connect] of Object.entries(CLIENTS)) {
    const call = connect(address, { id: 'any', secret: 'any' })
    assert.equal((await call('ListCompliancePacks', {})).CompliancePacksResult.CompliancePacks[0].CompliancePackId, SAMPLE_PACK, name)
    await call('GenerateCompliancePackReport', { CompliancePackId: SAMPLE_PACK })
    const report = await eventually('COMPLETE', async () => {
      const { CompliancePackReport } = await call('GetCompliancePackReport', { CompliancePackId: SAMPLE_PACK })
      return CompliancePackReport.ReportStatus === 'COMPLETE' && CompliancePackReport
    })
    assert.equal(String(report.AccountId), ACCOUNT)
    assert.equal((await fetch(report.ReportUrl)).status, 200)
  }
}))

test('kill -9 of the daemon ends its redis-server', inDevWorld(async world => {
  const daemon = startDev(world)
  await isReady(daemon)
  assert.equal(redisServers(world).length, 1)
  daemon.kill('SIGKILL')
  await noneIsLeft(world)
}))

test('a daemon that cannot start leaves no redis-server', inDevWorld(async world => {
  const rules = world.write('broken.json', '[')
  const daemon = startDev(world, { args: ['--set', `rules.path=${rules}`] })
  assert.deepEqual(await daemon.ended, { code: EX.CONFIG, signal: null })
  assert.match(daemon.stderr.text, /broken\.json: the JSON is wrong/)
  assert.deepEqual(redisServers(world), [])
}))

test('data survives a restart and a kill', inDevWorld(async world => {
  const first = startDev(world)
  await isReady(first)
  await generate(world, ['--quiet'])
  const before = (await client(world, ['list', '--json'])).stdout
  await first.end()
  await noneIsLeft(world)
  const second = startDev(world)
  await isReady(second)
  assert.equal((await client(world, ['list', '--json'])).stdout, before)
  await generate(world, ['--quiet'])
  const after = (await client(world, ['list', '--json'])).stdout
  assert.notEqual(after, before)
  await second.end('SIGKILL')
  const third = startDev(world) // waits until the old redis-server has let go of the folder
  await isReady(third)
  assert.equal((await client(world, ['list', '--json'])).stdout, after)
  await client(world, ['download', '--account', ACCOUNT, '--pack', SAMPLE_PACK, '--out', world.path('copy')])
  assert.ok(fs.existsSync(world.path('copy/report.json')))
}))

test('a second daemon on the same state folder is refused: 75', inDevWorld(async world => {
  const first = startDev(world)
  await isReady(first)
  const second = startDev(world)
  assert.deepEqual(await second.ended, { code: EX.TEMPFAIL, signal: null }, second.stderr.text)
  const told = logLines(second).filter(line => line.level === 'error')
  assert.equal(told.length, 1, second.stderr.text)
  assert.match(told[0].error, new RegExp(`${world.path('s')}: another packreportd uses this state folder \\(process ${first.pid}\\); ` +
    'end it, or name another folder with --state-dir'))
  assert.equal(redisServers(world).length, 1, 'that of the first')
  await generate(world, ['--quiet'])
}))

test('the redis-server is killed: the daemon ends with an error', inDevWorld(async world => {
  const daemon = startDev(world)
  await isReady(daemon)
  process.kill(redisServers(world)[0], 'SIGKILL')
  assert.deepEqual(await daemon.ended, { code: EX.UNAVAILABLE, signal: null }, daemon.stderr.text)
  const [died] = logLines(daemon).filter(line => line.event === 'redis.died')
  assert.match(died.error, /the private redis-server was killed by signal 9/)
  assert.equal(died.level, 'error')
}))

test('no redis-server is installed: 78, and what to install', inDevWorld(async world => {
  fs.mkdirSync(world.path('empty'))
  const daemon = startDev(world, { env: { PATH: world.path('empty') } })
  assert.deepEqual(await daemon.ended, { code: EX.CONFIG, signal: null })
  assert.match(daemon.stderr.text, /redis-server is not installed, and --dev needs it: install the package redis-server/)
}))

test('a state folder that cannot be', inDevWorld(async world => {
  world.program = install(world)
  const refused = async (folder, status, says) => {
    const result = await world.run(world.program, ['--dev', '--state-dir', folder], { status })
    assert.match(result.stderr, says)
    assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr)
  }
  await refused(world.path('d'.repeat(100)), EX.CONFIG,
    /--state-dir: .* the path of the state folder has \d+ bytes; with the socket of Redis in it the system allows \d+/)
  await refused('/proc/nothing', null, /\/proc\/nothing/)
  const alone = await world.run(world.program, ['--state-dir', world.path('s')], { status: EX.USAGE })
  assert.match(alone.stderr, /--state-dir needs --dev/)
}))

test('without --state-dir it is the folder of XDG, which commands look into as well', inDevWorld(async world => {
  world.program = install(world)
  const env = { XDG_STATE_HOME: world.path('s') }
  const daemon = world.start(world.program, ['--dev'], { env })
  await isReady(daemon)
  assert.ok(fs.existsSync(world.path('s/packreport/redis/redis.sock')))
  if (fs.existsSync('/etc/packreport/packreportd.ini')) return // commands look there first
  const { stdout } = await world.run(PACKREPORT, ['generate', '--account', ACCOUNT, '--pack', SAMPLE_PACK, '--wait', '--json'], { env })
  assert.equal(JSON.parse(stdout).report.ReportStatus, 'COMPLETE')
}))

test('a setting given by --set goes over what --dev sets', inDevWorld(async world => {
  world.write(`inventory/${ACCOUNT}.ndjson`, '{"resourceType": "ecs.servers", "resourceId": "one"}\n')
  const daemon = startDev(world, { args: ['--set', `source.inventory=${world.path('inventory')}`, '--set', 'log.level=warning'] })
  const made = await eventually('the report', async () => {
    assert.ok(daemon.isRunning, daemon.stderr.text)
    const result = await generate(world, ['--json'], { status: null })
    return result.code === 0 ? JSON.parse(result.stdout) : null
  })
  assert.equal(made.report.complete.summary.resources, 1)
  assert.ok(!daemon.stderr.text.includes('daemon.ready'), 'info is not logged')
}))
