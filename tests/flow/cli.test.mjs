// SPDX-License-Identifier: MIT
//
// The command line: every command and option, its output as text and JSON, and the exit statuses of docs/commands.md.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { ACCOUNT, BUILD, ROOT, eventually, inWorld, logLines, worldOfFile } from './lib/harness.mjs'
import { furnish, inventory, pack, rules } from './lib/fixtures.mjs'

const PACKREPORT = path.join(BUILD, 'packreport')
const EX = { NO: 1, FINDINGS: 2, USAGE: 64, NOINPUT: 66, UNAVAILABLE: 69, PROTOCOL: 76, TEMPFAIL: 75, NOPERM: 77, CONFIG: 78 }
const UUID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i
const REPORT_ID = /^rp-[0-9a-z]{20}$/
const HELD = { 'drill.step': 'evaluate', 'drill.stall': '60s' }

const own = worldOfFile()
const document = name => fs.readFileSync(path.join(ROOT, 'docs', name), 'utf8')
const of = packId => ['--account', ACCOUNT, '--pack', packId]
const run = (args, options) => own.run(PACKREPORT, args, { status: null, ...options })

// One line for people, and the exit status.
function refused(result, status, says) {
  assert.equal(result.code, status, result.stderr + result.stdout)
  assert.equal(result.stdout, '')
  assert.match(result.stderr, says)
}

// ---- help and usage

const WHERE = ['cluster', 'config', 'prefix', 'redis', 'redis-credential', 'redis-tls-ca', 'redis-tls-cert', 'redis-tls-key', 'redis-tls-server-name', 'redis-user',
  'state-dir']
const OPTIONS = {
  generate: ['account', 'aggregator', 'client-token', 'deadline', 'json', 'language', 'pack', 'quiet', 'request-id', 'timeout', 'traceparent', 'tracestate', 'wait', ...WHERE],
  status: ['account', 'aggregator', 'history', 'json', 'pack', 'request-id', ...WHERE],
  watch: ['account', 'aggregator', 'json', 'pack', 'timeout', ...WHERE],
  list: ['account', 'json', 'status', ...WHERE],
  download: ['access-key-file', 'account', 'aggregator', 'ca-file', 'endpoint', 'json', 'out', 'pack', 'report-id', 'url', ...WHERE],
  cancel: ['account', 'aggregator', 'json', 'no-wait', 'pack', 'report-id', ...WHERE],
  dead: ['account', 'all', 'json', ...WHERE],
  pause: ['account', 'aggregator', 'all', 'json', 'list', 'pack', ...WHERE],
  resume: ['account', 'aggregator', 'all', 'json', 'pack', ...WHERE],
  account: ['burst', 'cap', 'json', 'rate', 'weight', ...WHERE],
  workers: ['json', ...WHERE],
  drain: ['hand-back', 'json', 'timeout', 'wait', 'worker', ...WHERE],
  doctor: ['json', 'repair', ...WHERE],
  evaluate: ['account', 'as-of', 'attestations', 'block', 'fail-on', 'findings', 'inventory', 'json', 'max-bad-lines', 'out', 'pack', 'quiet',
    'rules', 'strict-vendor', 'threads', 'waivers'],
  count: ['as-of', 'cache', 'inventory', 'json', 'rules', 'strict-vendor', 'threads', 'waivers'],
  explain: ['as-of', 'id', 'inventory', 'json', 'resource', 'rule', 'rules', 'strict-vendor'],
  'rules check': ['fail-on', 'format', 'inventory', 'json', 'pack', 'strict-vendor'],
  'rules test': ['coverage', 'json', 'min-coverage', 'strict-vendor'],
  'rules diff': ['all', 'as-of', 'inventory', 'json', 'pack', 'strict-vendor'],
  'rules seal': ['json'],
  jsonpath: ['json', 'lenient', 'paths', 'pretty'],
}
// Of the program, in the order of its help.
const COMMANDS = [...new Set(Object.keys(OPTIONS).map(name => name.split(' ')[0]))]

describe('help', { concurrency: 2 }, () => {
  for (const [command, options] of Object.entries(OPTIONS)) {
    test(`of ${command}: every option, and examples that use no other`, async () => {
      const { stdout, stderr } = await run([...command.split(' '), '--help'], { status: 0 })
      assert.equal(stderr, '')
      assert.match(stdout, new RegExp(`^Usage: packreport ${command} \\[OPTION`))
      const [before, examples] = [stdout.slice(0, stdout.search(/^Examples?:/m)), stdout.slice(stdout.search(/^Examples?:/m))]
      const listed = [...before.matchAll(/^ {2}(?:-\w, | {4})--([a-z-]+)/gm)].map(match => match[1])
      assert.deepEqual(listed.filter(name => !['help', 'usage'].includes(name)).sort(), [...options].sort())
      assert.match(examples, new RegExp(`^ {2}packreport ${command} |^ {6}packreport ${command} `, 'm'))
      for (const [, name] of examples.matchAll(/ --([a-z-]+)/g)) assert.ok(options.includes(name), `--${name} of an example`)
      assert.ok(stdout.split('\n').every(line => line.length <= 80 && !line.endsWith(' ')), 'fits a terminal')
      const broken = examples.split('\n\n')[0].split('\n').slice(1).filter(line => line !== '' && !/^ {2}/.test(line))
      assert.deepEqual(broken, [], 'an example can be copied: no line of it was wrapped')
    })
  }

  test('of the program: every command, as docs/commands.md has them', async () => {
    const { stdout } = await run(['--help'], { status: 0 })
    const told = [...stdout.matchAll(/^ {2}([a-z]+) +\S/gm)].map(match => match[1])
    assert.deepEqual(told, COMMANDS)
    const documented = [...document('commands.md').split('\n## ')[0].matchAll(/^\| `([a-z]+)` \|/gm)].map(match => match[1])
    assert.deepEqual(documented, COMMANDS)
    assert.equal((await run(['help'], { status: 0 })).stdout, stdout)
  })

  test('of rules: every command, as docs/commands.md has them', async () => {
    const { stdout } = await run(['rules', '--help'], { status: 0 })
    const told = [...stdout.matchAll(/^ {2}([a-z]+) +\S/gm)].map(match => `rules ${match[1]}`)
    assert.deepEqual(told, Object.keys(OPTIONS).filter(name => name.startsWith('rules ')))
    const documented = [...document('commands.md').matchAll(/^\| `(rules [a-z]+)` \|/gm)].map(match => match[1])
    assert.deepEqual(documented, told)
  })

  test('starts without libcurl, which it loads when it needs it', async () => {
    const { stdout } = await run(['--version'], { env: { LD_TRACE_LOADED_OBJECTS: '1' } })
    assert.match(stdout, /libjansson/)
    assert.doesNotMatch(stdout, /libcurl/)
  })

  test('version', async () => {
    for (const option of ['--version', '-V']) assert.match((await run([option], { status: 0 })).stdout, /^packreport \d+\.\d+\.\d+\n$/)
  })

  test('of the daemon: no line with blanks at its end', async () => {
    const { stdout } = await own.run(path.join(BUILD, 'packreportd'), ['--help'])
    assert.deepEqual(stdout.split('\n').filter(line => line.endsWith(' ')), [])
  })

  test('output that cannot be written is a failure of its own, of results and of helps', async () => {
    const into = (target, command) => own.run('/bin/sh', ['-c', `"$0" ${command} ${target}`, PACKREPORT], { status: null })
    for (const command of ['--help', '--version', 'list --help', 'rules seal --help']) {
      const full = await into('>/dev/full', command)
      assert.equal(full.code, 74, command)
      assert.match(full.stderr, /^packreport: standard output: No space left on device\n$/)
    }
    // Who closes the pipe hears nothing, and the program ends as programs do then: 128 + SIGPIPE for a shell.
    const { stderr } = await own.run('/bin/bash', ['-c', 'mkfifo "$1"; exec 3<>"$1" 4>"$1" 3<&-; "$0" --help >&4; echo $? >&2', PACKREPORT, own.path('unread')])
    assert.equal(stderr, '141\n')
  })

  test('help COMMAND is COMMAND --help, and the general help has every exit status of the page', async () => {
    for (const command of [['status'], ['rules']]) {
      assert.equal((await run(['help', ...command], { status: 0 })).stdout, (await run([...command, '--help'], { status: 0 })).stdout)
    }
    refused(await run(['help', 'statsu']), EX.USAGE, /"statsu" is no command; did you mean "status"\?/)
    const page = /## Exit statuses\n([^]*?)\n## /.exec(document('commands.md'))[1]
    const statuses = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, list]) => list.split(', '))
    assert.ok(statuses.length >= 13, statuses.join())
    const { stdout } = await run(['help'], { status: 0 })
    const told = stdout.slice(stdout.indexOf('Exit statuses')).replace(/\s+/g, ' ')
    for (const status of statuses) assert.match(told, new RegExp(`\\b${status}\\b`), status)
  })

  test('no command: the help, on standard error, status 64', async () => {
    refused(await run([]), EX.USAGE, /^Usage: packreport COMMAND/)
  })
})

const GENERATE = ['generate', ...of('p')]
const EVALUATE = ['evaluate', '--pack', 'p', '--rules', 'r', '--inventory', 'i', '--out', 'o']
const WRONG_USAGE = [
  [['report'], /^packreport: "report" is no command; `packreport --help` lists them\n$/],
  [['stauts'], /^packreport: "stauts" is no command; did you mean "status"\?\n$/],
  [['generate', '--bogus'], /unrecognized option '--bogus'/],
  [['generate'], /--account and --pack are required/],
  [['generate', '--account', ACCOUNT], /--account and --pack are required/],
  [[...GENERATE, 'more'], /unexpected argument "more"/],
  [['generate', '--account', 'x', '--pack', 'p'], /AccountId.*"x"; 1 to 19 decimal digits are right/],
  [['generate', '--account', '1', '--pack', 'a/b'], /CompliancePackId/],
  [[...GENERATE, '--account', '2'], /--account is given more than once; once is right/],
  [[...GENERATE, '-a2'], /--account is given more than once; once is right/],
  [[...GENERATE, '--redis', 'unix:/a', '--redis=unix:/b'], /--redis is given more than once/],
  [[...GENERATE, '--client-token', 't'.repeat(65)], /ClientToken/],
  [[...GENERATE, '--language', 'fr-fr'], /Language/],
  [[...GENERATE, '--request-id', 'a b'], /RequestId/],
  [[...GENERATE, '--wait', '--timeout', '0'], /--timeout takes whole seconds, 1 to 2592000, not "0"/],
  [[...GENERATE, '--timeout', '5'], /--timeout needs --wait/],
  [[...GENERATE, '--redis', 'redis://:geheim@example.com'], /--redis: user and password do not belong into the address/],
  [[...GENERATE, '--redis', 'localhost:x'], /--redis: the port is not a number/],
  [[...GENERATE, '--redis', 'unix:/a', '--config', '/b'], /--redis, --cluster, --config and --state-dir exclude each other/],
  [[...GENERATE, '--prefix', 'p'], /--prefix is for use with --redis or --cluster/],
  [[...GENERATE, '--state-dir', '/x', '--redis-credential', '/y'], /--redis-user and --redis-credential are for use with --redis, --cluster or --config/],
  [[...GENERATE, '--config', '/x', '--redis-user', 'u'], /--redis-user needs --redis-credential/],
  [[...GENERATE, '--redis', 'unix:/a', '--redis-user', 'u'], /--redis-user needs --redis-credential/],
  [['status', '--account', ACCOUNT], /--account and --pack are required/],
  [['status', ...of('p'), '--request-id', 'r'], /--request-id stands without --pack and --aggregator/],
  [['status', '--account', 'x', '--pack', 'p'], /--account takes 1 to 19 digits, not "x"/],
  [['watch', '--account', '1', '--pack', 'a b'], /--pack takes 1 to 64 of A-Z a-z 0-9 - _, not "a b"/],
  [['list', '--status', 'done'], /--status takes creating, complete, failed or cancelled, not "done"/],
  [['list', '--status', 'none'], /--status takes creating, /],
  [['list', '--account', 'x'], /--account takes digits, not "x"/],
  [['download', ...of('p')], /--out is required/],
  [['download', ...of('p'), '--out', 'o', '--report-id', 'r'], /--report-id needs --account, and no --pack or --aggregator/],
  [['download', '--url', 'http://x', '--out', 'o', '--report-id', 'r'], /--report-id is for a download from the store/],
  [['evaluate'], /: --pack, --rules, --inventory and --out are required\n/],
  [['evaluate', '--pack', 'p', '--rules', 'r'], /: --inventory and --out are required\n/],
  [['count'], /: --rules and --inventory are required\n/],
  [['pause', '--all', '--list'], /--list stands alone/],
  [['pause', '--all', '--account', '1'], /--all stands alone/],
  [['list', '--redis', '/run/redis.sock'], /--redis: a Unix socket is written unix:\/path\n/],
  [['list', '--redis', '"localhost:1"'], /--redis: .*host:port, without quotes or blanks, is right\n/],
  [['evaluate', '--pack', 'p', '--rules', 'r', '--inventory', 'i'], /--out is required/],
  [[...EVALUATE, '--inventory', 'j'], /--inventory is given more than once; once is right/],
  [[...EVALUATE, '--inv', 'j'], /--inventory is given more than once/],
  [[...EVALUATE, '-r', 'more'], /--rules is given more than once/],
  [['rules', 'check', 'r', '--pack', 'p', '--pack', 'q'], /--pack is given more than once/],
  [[...EVALUATE, '--fail-on', 'hihg'], /--fail-on takes high, medium or low, not "hihg"/],
  [[...EVALUATE, '--as-of', 'tomorrow'], /--as-of takes 2026-11-21 or 2026-11-21T19:30:44Z, not "tomorrow"/],
  [[...EVALUATE, '--threads', '65'], /--threads takes a whole number from 1 to 64, not "65"/],
  [[...EVALUATE, '--block', '1'], /--block takes a whole number from 4096 to 67108864, not "1"/],
]

describe('wrong usage: status 64', { concurrency: 2 }, () => {
  for (const [args, says] of WRONG_USAGE) {
    test(args.join(' ').slice(0, 80), async () => {
      const result = await run(args)
      refused(result, EX.USAGE, says)
      assert.ok(!result.stderr.includes('geheim'), 'no password is repeated')
      if (result.stderr.includes('Try `')) assert.match(result.stderr, /Try `packreport [\w ]+ --help'/)
    })
  }
})

// ---- where the queue is

describe('a queue that cannot be reached', { concurrency: 4 }, () => {
  test('no socket: 69', async () => {
    refused(await run(['status', ...of('p'), '--redis', 'unix:/nonexistent/redis.sock']), EX.UNAVAILABLE,
      /^packreport status: redis \/nonexistent\/redis\.sock: connect: No such file or directory\n$/)
  })

  test('nobody listens: 69', async () => {
    const port = await new Promise(resolve => {
      const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address()
        server.close(() => resolve(free))
      })
    })
    refused(await run(['list', '--redis', `127.0.0.1:${port}`]), EX.UNAVAILABLE,
      /^packreport list: redis 127\.0\.0\.1:\d+: connect: Connection refused\n$/)
  })

  test('no daemon in the state folder: 69, and what to do', async () => {
    refused(await run(['watch', ...of('p'), '--state-dir', own.path('nothing')]), EX.UNAVAILABLE,
      /no daemon is running with state folder .*nothing.*packreportd --dev/)
  })

  test('the default state folder is that of XDG', async () => {
    refused(await run(['list'], { env: { XDG_STATE_HOME: own.path('xdg') } }), EX.UNAVAILABLE, /xdg\/packreport/)
  })

  test('no settings, or wrong ones: 78', async () => {
    refused(await run(['list', '--config', '/nonexistent/x.ini']), EX.CONFIG, /^packreport list: \/nonexistent\/x\.ini: No such file/)
    const file = own.write('wrong.ini', '[redis]\nadress = x\n')
    refused(await run(['list', '--config', file]), EX.CONFIG, /wrong\.ini:2: \[redis\] adress: unknown key; did you mean "address"\?/)
  })

  test('a credential file that is not there: 78', async () => {
    refused(await run(['list', '--redis', 'unix:/a', '--redis-credential', '/nonexistent/secret']), EX.CONFIG, /\/nonexistent\/secret/)
  })
})

// A server that says in RESP2 that it is of an old version.
function startOldRedis(world) {
  const socket = world.path('old.sock')
  const info = 'redis_version:6.2.14\r\nredis_mode:standalone\r\nrole:master\r\n'
  const answers = { INFO: `$${info.length}\r\n${info}\r\n`, HELLO: '-NOPROTO unsupported protocol version\r\n', CLIENT: ':1\r\n' }
  const server = net.createServer(connection => {
    connection.on('error', () => {})
    connection.on('data', data => {
      for (const [, words] of data.toString().matchAll(/\*\d+\r\n((?:\$\d+\r\n[^\r]*\r\n)+)/g)) {
        const name = words.split('\r\n')[1]
        connection.write(answers[name.toUpperCase()] ?? '+OK\r\n')
      }
    })
  })
  world.closers.push(() => new Promise(resolve => { server.close(resolve); server.closeAllConnections?.() }))
  return new Promise(resolve => server.listen(socket, () => resolve(socket)))
}

test('a Redis that is too old: 78 for both programs', inWorld(async world => {
  furnish(world)
  const socket = await startOldRedis(world)
  const result = await world.run(PACKREPORT, ['list', '--redis', `unix:${socket}`], { status: null })
  refused(result, EX.CONFIG, /^packreport list: redis .*old\.sock: .*Redis 6\.2\.14 is too old: packreport needs 7\.0 or later\n$/)
  const daemon = await world.startDaemon({ 'redis.address': `unix:${socket}` }, { ready: false })
  assert.deepEqual(await daemon.ended, { code: EX.CONFIG, signal: null }, daemon.stderr.text)
  const [unusable] = logLines(daemon).filter(line => line.event === 'redis.unusable')
  assert.match(unusable.error, /Redis 6\.2\.14 is too old/)
}))

// The line of docs/operations.md that makes a user of its own.
function documentedUser(password) {
  const [, text] = /^ {4}ACL (SETUSER packreport(?:.|\n {8})*)$/m.exec(document('operations.md'))
  return text.replace('PASSWORD', password).split(/\s+/)
}

test('the documented user of Redis is enough; a wrong password is 77 for the command, and the daemon waits', inWorld(async world => {
  furnish(world)
  await world.redis.acl(...documentedUser('right'))
  await world.redis.acl('SETUSER', 'default', 'resetpass', '>other')
  const credential = world.write('credentials/redis-password', 'right\n')
  const login = ['--redis-user', 'packreport', '--redis-credential', credential]
  const settings = { 'redis.user': 'packreport', 'redis.credential': 'redis-password', 'credentials.path': world.path('credentials') }
  const daemon = await world.startDaemon(settings)
  await world.cli(['generate', ...login, ...of('pack-1'), '--wait', '--quiet'])
  assert.equal((await world.cli(['list', ...login, '--json'])).code, 0)

  world.write('credentials/wrong', 'geheim')
  for (const args of [['--redis-user', 'packreport', '--redis-credential', world.path('credentials/wrong')], []]) {
    const result = await world.cli(['list', ...args], { status: null })
    refused(result, EX.NOPERM, /^packreport list: redis .*: (AUTH: )?.*(WRONGPASS|NOAUTH)/)
    assert.ok(!result.stderr.includes('geheim'))
  }
  // The password may be set right in Redis: the daemon goes on trying, and says so once.
  const other = await world.startDaemon({ ...settings, 'redis.credential': 'wrong' }, { ready: false })
  await eventually('the daemon says why', () => logLines(other).some(line => line.event === 'redis.down' && /WRONGPASS/.test(line.error)))
  await world.redis.acl('SETUSER', 'packreport', '>geheim')
  await eventually('the daemon is ready', () => other.stderr.text.includes('"daemon.ready"'))
  assert.ok(!other.stderr.text.includes('geheim') && !daemon.stderr.text.includes('>right'))
}))

test('the documented password, known to the service only: --config finds it where systemd got it, where the environment or an option says', inWorld(async world => {
  furnish(world)
  await world.redis.acl(...documentedUser('right'))
  await world.redis.acl('SETUSER', 'default', 'resetpass', '>other')
  world.writePrivate('elsewhere/redis-password', 'right\n')
  world.writePrivate('wrong/redis-password', 'geheim\n')
  const env = { CREDENTIALS_DIRECTORY: world.path('elsewhere') }
  const daemon = await world.startDaemon({ 'redis.user': 'packreport', 'redis.credential': 'redis-password' }, { env })
  const list = (more, options) => world.run(PACKREPORT, ['list', '--config', daemon.config, '--json', ...more], { status: null, ...options })
  const lists = async (more, options) => assert.deepEqual(await list(more, options), { code: 0, signal: null, stdout: '[]\n', stderr: '' })

  refused(await list([]), EX.CONFIG,
    /packreportd-1\.ini: \[redis\] credential names the file "redis-password", .*CREDENTIALS_DIRECTORY.*--redis-credential\n$/)
  await lists([], { env })
  await lists(['--redis-credential', world.path('elsewhere/redis-password')])
  await lists(['--redis-credential', world.path('elsewhere/redis-password')], { env: { CREDENTIALS_DIRECTORY: world.path('wrong') } })
  await lists(['--redis-user', 'packreport', '--redis-credential', world.path('elsewhere/redis-password')])
  refused(await list(['--redis-user', 'somebody', '--redis-credential', world.path('elsewhere/redis-password')]), EX.NOPERM, /WRONGPASS/)

  refused(await list([], { env: { CREDENTIALS_DIRECTORY: world.path('nowhere') } }), EX.CONFIG,
    /\[redis\] credential: credential file: .*nowhere\/redis-password: No such file/)
  world.writePrivate('credentials/redis-password', 'right\n') // beside the settings
  await lists([])
  refused(await list([], { env: { CREDENTIALS_DIRECTORY: world.path('wrong') } }), EX.NOPERM, /WRONGPASS/)
}))

test('--config and --prefix find the queue of a daemon', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon({ 'queue.prefix': 'other' })
  const generated = await world.run(PACKREPORT, ['generate', '--config', daemon.config, ...of('pack-1'), '--wait', '--json'])
  assert.equal(JSON.parse(generated.stdout).report.ReportStatus, 'COMPLETE')
  const listed = await world.cli(['list', '--prefix', 'other', '--json'])
  assert.deepEqual(JSON.parse(listed.stdout).map(record => record.CompliancePackId), ['pack-1'])
  assert.deepEqual(JSON.parse((await world.cli(['list', '--json'])).stdout), [], 'the prefix of another queue')
}))

test('a Redis on TCP is found by host and port', inWorld(async world => {
  furnish(world)
  const [, port] = await world.redis.config('GET', 'port')
  assert.equal(port, '0')
  const server = net.createServer(connection => { // to the Unix socket, so that no other program can take the port
    const through = net.connect(world.socket)
    for (const end of [connection, through]) end.on('error', () => { connection.destroy(); through.destroy() })
    connection.pipe(through).pipe(connection)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  world.closers.push(() => new Promise(resolve => { server.close(resolve); server.closeAllConnections?.() }))
  const address = `127.0.0.1:${server.address().port}`
  const daemon = await world.startDaemon({ 'redis.address': address })
  const result = await world.run(PACKREPORT, ['generate', '--redis', address, ...of('pack-1'), '--wait', '--quiet'])
  assert.equal(result.code, 0)
  await daemon.end()
}))

// ---- generate, status, watch, list

test('generate: accepted, replayed, refused, as text and as JSON', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const daemon = await world.startDaemon(HELD)
  const text = await world.cli(['generate', ...of('pack-1')])
  assert.match(text.stdout, /^accepted: report rp-[0-9a-z]{20} \(request [0-9A-F-]{36}\)\n$/)
  assert.equal(text.stderr, '')

  refused(await world.cli(['generate', ...of('pack-1')], { status: null }), EX.NO,
    /^packreport generate: refused: CompliancePackReportCreating: The compliance pack report is being created\.\n`packreport watch --account 100000000000001 --pack pack-\d` follows the report that is being made\n$/)
  const creating = await world.cli(['generate', ...of('pack-1'), '--json'], { status: EX.NO })
  const { RequestId, ...rest } = JSON.parse(creating.stdout)
  assert.match(RequestId, UUID)
  assert.deepEqual(rest, { Code: 'CompliancePackReportCreating', HttpStatus: 400,
    Message: 'The compliance pack report is being created.', Replayed: false })
  refused(await world.cli(['generate', '--account', '5', '--pack', 'pack-1'], { status: null }), EX.NO,
    /refused: AccountNotExisted: Your account does not exist\./)

  const arguments_ = ['generate', ...of('pack-2'), '--client-token', 'nightly', '--language', 'zh-cn', '--request-id', 'my-request_1']
  const first = JSON.parse((await world.cli([...arguments_, '--json'])).stdout)
  assert.deepEqual(Object.keys(first), ['Code', 'HttpStatus', 'Replayed', 'ReportId', 'RequestId'])
  assert.deepEqual([first.Code, first.HttpStatus, first.Replayed, first.RequestId], ['Accepted', 200, false, 'my-request_1'])
  assert.match(first.ReportId, REPORT_ID)
  const again = arguments_.slice(0, -2)
  assert.deepEqual(JSON.parse((await world.cli([...again, '--json'])).stdout), { ...first, Replayed: true })
  assert.equal((await world.cli(again)).stdout, `accepted before: report ${first.ReportId} (request my-request_1)\n`)
  refused(await world.cli(['generate', ...of('pack-1'), '--client-token', 'nightly'], { status: null }), EX.NO,
    /refused: IdempotentParameterMismatch: /)
  await daemon.end('SIGKILL')
}))

test('download --report-id: a report that is no longer the last one of its pack', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const make = async () => JSON.parse((await world.cli(['generate', ...of('pack-1'), '--wait', '--json'])).stdout).ReportId
  const old = await make()
  assert.notEqual(await make(), old)
  const download = (id, options) => world.cli(['download', '--account', ACCOUNT, '--report-id', id, '--out', world.path('copy'), '--json'], options)
  assert.equal(JSON.parse((await download(old)).stdout).ReportId, old)
  assert.equal(JSON.parse(fs.readFileSync(world.path('copy/report.json'))).run.reportId, old)
  refused(await download('rp-none', { status: null }), EX.NO, /report rp-none of account 100000000000001 is not known, or its history is no longer kept\n$/)
}))

test('status --request-id: the answer, and what became of the report, also when generate has given up', inWorld(async world => {
  world.partitions = 4
  furnish(world)
  const status = (more, options) => world.cli(['status', '--request-id', 'mine', ...more], options)
  const daemon = await world.startDaemon()
  daemon.kill('SIGSTOP')
  await world.cli(['generate', ...of('pack-1'), '--request-id', 'mine', '--wait', '--timeout', '1'], { status: 75 })
  assert.match((await status([], { status: EX.NO })).stderr, /^packreport status: there is no answer to request mine: /)
  daemon.kill('SIGCONT')
  await eventually('it is answered', async () => (await status(['--json'], { status: null })).code === 0)
  const { ReportId, ...answer } = JSON.parse((await status(['--json'])).stdout)
  assert.match(ReportId, REPORT_ID)
  assert.deepEqual(answer, { AccountId: ACCOUNT, Code: 'Accepted', CompliancePackId: 'pack-1', HttpStatus: 200, Replayed: false, RequestId: 'mine' })
  await world.reportEnds('pack-1')
  const text = (await status(['--account', ACCOUNT, '--history'])).stdout
  assert.match(text, new RegExp(`^request +mine\\naccount +${ACCOUNT}\\npack +pack-1\\nanswer +Accepted\\nreport +${ReportId}\\nhistory\\n[^]*outcome +complete`))
  await world.cli(['generate', '--account', '7', '--pack', 'pack-1', '--request-id', 'refused'], { status: EX.NO })
  const refusal = await world.cli(['status', '--request-id', 'refused'], { status: EX.NO })
  assert.match(refusal.stdout, /^answer +AccountNotExisted\n +Your account does not exist/m)
}))

test('generate --request-id: the same request has its answer again; another one is told that the id is taken', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  await world.startDaemon()
  const generate = (id, more = []) => world.cli(['generate', ...of(id), '--request-id', 'taken', ...more], { status: null })
  const first = JSON.parse((await generate('pack-1', ['--json'])).stdout)
  assert.equal(first.Code, 'Accepted')
  assert.equal(first.Replayed, false)
  assert.deepEqual(JSON.parse((await generate('pack-1', ['--json'])).stdout), { ...first, Replayed: true })
  assert.equal((await generate('pack-1')).stdout, `accepted before: report ${first.ReportId} (request taken)\n`)
  const says = /^packreport generate: refused: InvalidParameter: .* The RequestId was used for another request; choose a new one for each\.\n$/
  for (const more of [[], ['--wait']]) refused(await generate('pack-2', more), EX.NO, says)
  refused(await generate('pack-1', ['--language', 'zh-cn']), EX.NO, says)
  const json = await generate('pack-2', ['--json'])
  assert.equal(json.code, EX.NO)
  const { Message, ...rest } = JSON.parse(json.stdout)
  assert.deepEqual(rest, { Code: 'InvalidParameter', HttpStatus: 400, Replayed: false, RequestId: 'taken' })
  assert.equal((await world.report('pack-2')).ReportStatus, 'NONE', 'nothing was asked for')
}))

test('generate --wait: complete, failed, and what each prints', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'broken'] })
  world.write('packs/broken.json', '[')
  await world.startDaemon()
  const text = await world.cli(['generate', ...of('pack-1'), '--wait'])
  assert.match(text.stderr, /^accepted: report rp-[0-9a-z]{20}\n/)
  assert.match(text.stdout, /^Pack pack-1 1\.0\n/)
  assert.match(text.stdout, /^report files +\/.*\/store\/100000000000001\/pack-1\/rp-/m)
  for (const file of ['findings.ndjson', 'manifest.json', 'report.csv', 'report.json']) assert.match(text.stdout,
    new RegExp(`^ {2}${file} +\\d+ bytes$`, 'm'))

  const quiet = await world.cli(['generate', ...of('pack-1'), '--wait', '--quiet'])
  assert.deepEqual([quiet.stdout, quiet.stderr], ['', ''])
  const json = await world.cli(['generate', ...of('pack-1'), '--wait', '--json'])
  assert.equal(json.stderr, '')
  const { report, ...answer } = JSON.parse(json.stdout)
  assert.equal(answer.Code, 'Accepted')
  assert.deepEqual([report.ReportStatus, report.ReportId, report.complete.ReportId], ['COMPLETE', answer.ReportId, answer.ReportId])
  assert.deepEqual(report.complete.summary, { badLines: 0, checkItems: 3, compliant: 0, duplicates: 0, error: 0, manual: 0,
    nonCompliant: 3, resources: 10, scoreBasisPoints: 0 })
  for (const time of [report.acceptedAt, report.endedAt, report.complete.time]) assert.ok(Date.parse(time) > 0, time)

  const failed = await world.cli(['generate', ...of('broken'), '--wait'], { status: EX.NO })
  assert.equal(failed.stdout, '')
  assert.match(failed.stderr, /packreport generate: FAILED: ReportFailed\.Bind: pack: .*broken\.json: the JSON is wrong at line 1/)
  const failedJson = JSON.parse((await world.cli(['generate', ...of('broken'), '--wait', '--json'], { status: EX.NO })).stdout)
  assert.deepEqual([failedJson.report.ReportStatus, failedJson.report.Code], ['FAILED', 'ReportFailed.Bind'])
  const unknown = JSON.parse((await world.cli(['generate', ...of('none'), '--wait', '--json'], { status: EX.NO })).stdout)
  assert.equal(unknown.report.Code, 'Invalid.CompliancePackId.Value')
}))

test('generate --timeout: 75 when it has passed, with or without a daemon; the report goes on', inWorld(async world => {
  furnish(world)
  refused(await world.cli(['generate', ...of('pack-1'), '--wait', '--timeout', '1'], { status: null }), EX.TEMPFAIL,
    /the request [0-9A-F-]{36} is in the queue, but nobody has answered it within 1 s: is a daemon running\?/)
  const daemon = await world.startDaemon(HELD)
  await eventually('the request is taken', async () => (await world.report('pack-1')).ReportStatus === 'CREATING')
  daemon.kill('SIGKILL') // its job is taken over below
  const held = await world.startDaemon({ ...HELD, 'drill.stall': '3s', 'queue.lease': '2s', 'redis.command_timeout': '1s' })
  world.write('packs/pack-2.json', pack('pack-2'))
  const late = await world.cli(['generate', ...of('pack-2'), '--wait', '--timeout', '1', '--json'], { status: EX.TEMPFAIL })
  assert.match(late.stderr, /^packreport generate: the report has not ended in time; it goes on\n$/)
  const { ReportId } = JSON.parse(late.stdout)
  assert.match(ReportId, REPORT_ID, 'the answer is told all the same')
  assert.equal((await world.reportEnds('pack-2', { reportId: ReportId })).ReportStatus, 'COMPLETE')
  await held.end()
}))

test('status: of a report that is made or failed, what came before it is told in a few lines', inWorld(async world => {
  furnish(world)
  const daemon = await world.startDaemon()
  const { report } = JSON.parse((await world.cli(['generate', ...of('pack-1'), '--wait', '--json'])).stdout)
  assert.match((await world.cli(['status', ...of('pack-1')])).stdout, /^Whole pack /m, 'all of the report that was asked about')
  fs.rmSync(world.path('packs/pack-1.json'))
  await world.cli(['generate', ...of('pack-1'), '--wait', '--quiet'], { status: EX.NO })
  const { stdout } = await world.cli(['status', ...of('pack-1')])
  const after = stdout.slice(stdout.indexOf('last complete'))
  assert.match(stdout, /^status +FAILED$/m)
  assert.match(after, new RegExp(`^last complete +${report.complete.ReportId}\\nmade +${report.complete.time}\\n`))
  assert.match(after, /^score +0\.00 %\nreport files +\/.*\n$/m)
  assert.ok(stdout.split('\n').length < 25 && !stdout.includes('Whole pack'), stdout)
  await daemon.end()
}))

test('status and watch: nothing, making, complete, failed', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'broken'] })
  world.write('packs/broken.json', '[')
  for (const command of ['status', 'watch']) {
    const none = await world.cli([command, ...of('pack-1'), '--json'], { status: EX.NO })
    assert.deepEqual(JSON.parse(none.stdout), { AccountId: ACCOUNT, CompliancePackId: 'pack-1', ReportStatus: 'NONE' })
    assert.match((await world.cli([command, ...of('pack-1')], { status: EX.NO })).stdout, /^status +NONE$/m)
  }
  await world.startDaemon({ ...HELD, 'drill.stall': '6s' })
  const { ReportId } = JSON.parse((await world.cli(['generate', ...of('pack-1'), '--json'])).stdout)
  const watching = world.start(PACKREPORT, ['watch', '--redis', `unix:${world.socket}`, ...of('pack-1')])
  const making = await eventually('the job is in evaluate', async () => {
    const report = await world.report('pack-1')
    return report.job?.step === 'evaluate' ? report : null
  })
  assert.deepEqual([making.ReportStatus, making.ReportId, making.job.place, making.job.attempts], ['CREATING', ReportId, 'running', 1])
  assert.match(making.job.worker, /^w1:\d+:/)
  const text = await world.cli(['status', ...of('pack-1')])
  for (const line of [/^status +CREATING$/m, /^job +running$/m, /^step +evaluate$/m, /^attempts +1$/m]) assert.match(text.stdout, line)

  assert.deepEqual(await watching.ended, { code: 0, signal: null })
  assert.match(watching.stderr.text, /^(fetch\n|bind\n|queued\n)*evaluate\n/, 'no terminal: each step once')
  assert.match(watching.stdout.text, /^status +COMPLETE$/m)
  const complete = JSON.parse((await world.cli(['watch', ...of('pack-1'), '--json'])).stdout)
  assert.deepEqual([complete.ReportStatus, complete.complete.ReportId, complete.job], ['COMPLETE', ReportId, undefined])
  assert.ok(fs.existsSync(path.join(complete.complete.location, 'report.json')))

  await world.cli(['generate', ...of('broken'), '--wait', '--quiet'], { status: EX.NO })
  assert.equal((await world.cli(['status', ...of('broken')])).code, 0, 'something is known')
  const failed = await world.cli(['watch', ...of('broken')], { status: EX.NO })
  assert.match(failed.stdout, /^reason +ReportFailed\.Bind$/m)
  const { history } = JSON.parse((await world.cli(['status', ...of('broken'), '--history', '--json'])).stdout)
  assert.deepEqual([history.outcome, history.step, history.attempts, history.code], ['failed', 'bind', '1', 'ReportFailed.Bind'])
  assert.equal(history['attempt:1'].split('|')[3], 'bind')
  const told = (await world.cli(['status', ...of('broken'), '--history'])).stdout
  assert.match(told, /^history\n(.*\n)* {2}outcome +failed$/m)
  assert.match(told, / {2}attempt 1 +2\d{3}-[-\dT:.]+Z in step bind: ReportFailed\.Bind \(worker w1:\d+:\S+, fence \d+\)\n {25}pack: .*broken\.json: .*\n$/)
  assert.doesNotMatch(told, /attempt:|\||^ {2}\S+ +$/m, 'no raw attempt, and no name without a value')
}))

test('list: empty, all, one account', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  world.write('accounts.json', { accounts: [{ AccountId: ACCOUNT }, { AccountId: '2', inventory: `${ACCOUNT}.ndjson` }] })
  assert.deepEqual(await world.cli(['list']), { code: 0, signal: null, stdout: '', stderr: 'no report was asked for yet\n' })
  assert.deepEqual(JSON.parse((await world.cli(['list', '--json'])).stdout), [])
  await world.startDaemon()
  for (const [account, id] of [[ACCOUNT, 'pack-1'], [ACCOUNT, 'pack-2'], ['2', 'pack-1']]) {
    await world.cli(['generate', '--account', account, '--pack', id, '--wait', '--quiet'])
  }
  const all = JSON.parse((await world.cli(['list', '--json'])).stdout)
  assert.deepEqual(all.map(one => `${one.AccountId} ${one.CompliancePackId} ${one.ReportStatus}`),
    ['2 pack-1 COMPLETE', `${ACCOUNT} pack-1 COMPLETE`, `${ACCOUNT} pack-2 COMPLETE`])
  assert.deepEqual(JSON.parse((await world.cli(['list', '--account', '2', '--json'])).stdout).map(one => one.AccountId), ['2'])
  const text = (await world.cli(['list', '--account', ACCOUNT])).stdout.trim().split('\n')
  assert.match(text[0], /^ACCOUNT +PACK +STATUS +ACCEPTED +REPORT$/)
  assert.equal(text.length, 3)
  for (const line of text.slice(1)) assert.match(line, /^100000000000001 +pack-[12] +COMPLETE +20\d\d-.*Z +rp-/)

  await world.cli(['generate', ...of('pack-3'), '--wait', '--quiet'], { status: EX.NO })
  const listed = async (...args) => JSON.parse((await world.cli(['list', ...args, '--json'])).stdout).map(one => one.CompliancePackId)
  assert.deepEqual(await listed('--status', 'failed'), ['pack-3'])
  assert.deepEqual(await listed('--status', 'COMPLETE', '--account', ACCOUNT), ['pack-1', 'pack-2'])
  assert.match((await world.cli(['list', '--status', 'failed'])).stdout, /\n\S+ +pack-3 +FAILED +\S+ +rp-\S+ {2}\(Invalid\.CompliancePackId\.Value\)\n$/)
  assert.deepEqual(await world.cli(['list', '--status', 'creating']), { code: 0, signal: null, stdout: '', stderr: 'no report is CREATING\n' })
  assert.equal((await world.cli(['list', '--account', '99'])).stderr, 'no report of account 99 was asked for yet\n')
  assert.equal((await world.cli(['list', '--account', '99', '--status', 'failed'])).stderr, 'no report of account 99 is FAILED\n')
}))

test('list: by account as a number, then by pack', inWorld(async world => {
  const report = (account, id) => `COMPLETE|1|rp-${account}-${id}|1763755844123|0||\n\n|\n\n`
  const wanted = ['1', '2', '10', '99', '100', '1000000000000000000'].flatMap(account =>
    ['A', 'B', 'a', 'b-1', 'b-10', 'b-9'].map(id => [account, id]))
  const shuffled = wanted.map((one, n) => wanted[n * 7 % wanted.length])
  assert.notDeepEqual(shuffled, wanted)
  for (const [account, id] of shuffled) await world.redis.set(world.key(`report:${account}:${id}`), report(account, id))
  const json = JSON.parse((await world.cli(['list', '--json'])).stdout)
  assert.deepEqual(json.map(one => [one.AccountId, one.CompliancePackId]), wanted)
  const text = (await world.cli(['list'])).stdout.trim().split('\n').slice(1)
  assert.deepEqual(text.map(line => line.split(/ +/).slice(0, 2)), wanted)
}))

test('a progress bar on a terminal', { skip: spawnSync('script', ['--version']).error ? 'script of util-linux is not here' : false },
  inWorld(async world => {
    furnish(world)
    await world.startDaemon({ ...HELD, 'drill.stall': '2s' })
    const command = `${PACKREPORT} generate --redis unix:${world.socket} ${of('pack-1').join(' ')} --wait`
    const { stdout } = await world.run('script', ['-qec', command, '/dev/null'])
    assert.match(stdout, /\r\x1b\[Kevaluate +\[[#.]{24}\] +\d+ %/)
    assert.match(stdout, /\r\x1b\[K(?!.*%)[\s\S]*Pack pack-1/, 'it is gone when the result is shown')
    const failing = await world.run('script', ['-qec', command.replace('pack-1', 'none'), '/dev/null'], { status: EX.NO })
    assert.match(failing.stdout, /FAILED: Invalid\.CompliancePackId\.Value/)
  }))

// ---- download

test('download: a report that was not kept, or that has no manifest, is refused with the reason', inWorld(async world => {
  furnish(world, { packs: ['pack-1', 'pack-2'] })
  const download = pack => world.cli(['download', ...of(pack), '--out', world.path('out')], { status: null })
  const nothing = await world.startDaemon({ 'store.kind': 'null' })
  await world.submit({ pack: 'pack-1' })
  assert.equal((await world.reportEnds('pack-1')).ReportStatus, 'COMPLETE')
  assert.match(nothing.stderr.text, /"event":"store\.null"/)
  assert.equal(fs.existsSync(world.store), false)
  const unkept = await download('pack-1')
  refused(unkept, EX.NO, /^packreport download: report rp-\w+ was not kept: its worker has \[store\] kind = null, which is for measuring\n$/)
  await nothing.end()
  await world.startDaemon({ 'store.files': 'report.json', 'store.fsync': 'no' })
  await world.submit({ pack: 'pack-2' })
  await world.reportEnds('pack-2')
  const [{ folder }] = world.visibleReports('pack-2')
  assert.deepEqual(fs.readdirSync(folder), ['report.json'])
  refused(await download('pack-2'), EX.NOINPUT, /has no manifest to check by: its worker has \[store\] files = report\.json/)
  assert.equal(fs.existsSync(world.path('out')), false)
}))


test('download: copied and checked; what does not match is not left there', inWorld(async world => {
  furnish(world)
  await world.startDaemon()
  const download = (out, status, more = []) => world.cli(['download', ...of('pack-1'), '--out', world.path(out), ...more], { status })
  const none = await download('d0', EX.NO)
  assert.match(none.stderr, /^packreport download: pack pack-1 has no complete report \(status NONE\)\n$/)
  await world.cli(['generate', ...of('pack-1'), '--wait', '--quiet'])
  const { complete } = await world.report('pack-1')

  const text = await download('d1', 0)
  const files = fs.readdirSync(complete.location)
  assert.equal(text.stdout, `report ${complete.ReportId} is in ${world.path('d1')}, ${files.length - 1} files checked\n`)
  for (const file of files) assert.deepEqual(fs.readFileSync(world.path('d1', file)), fs.readFileSync(path.join(complete.location,
    file)), file)
  assert.deepEqual(fs.readdirSync(world.path('d1')).sort(), files.sort())
  const json = JSON.parse((await download('d2', 0, ['--json'])).stdout)
  assert.deepEqual([json.ReportId, json.folder, json.manifest.files.length], [complete.ReportId, world.path('d2'), files.length - 1])
  refused(await download('d1', null), EX.TEMPFAIL, /^packreport download: .*d1 exists already; --out names a new folder\n$/)

  const inStore = file => path.join(complete.location, file)
  const spoil = (file, change) => {
    const bytes = fs.readFileSync(inStore(file))
    fs.writeFileSync(inStore(file), change(bytes))
    return () => fs.writeFileSync(inStore(file), bytes)
  }
  const manifest = change => bytes => {
    const value = JSON.parse(bytes)
    change(value)
    return JSON.stringify(value)
  }
  const rows = [
    ['one byte differs', 'report.csv', bytes => Buffer.concat([Buffer.from('x'), bytes.subarray(1)]),
      /report\.csv does not match the manifest: SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}/],
    ['cut', 'findings.ndjson', bytes => bytes.subarray(0, 100), /findings\.ndjson does not match/],
    ['manifest that is none', 'manifest.json', () => '{"files": [', /manifest\.json is no JSON/],
    ['manifest without files', 'manifest.json', manifest(value => { value.files = [] }), /lists no files/],
    ['manifest that climbs', 'manifest.json', manifest(value => { value.files[0].name = '../../x' }), /without a usable name/],
    ['manifest that lists itself', 'manifest.json', manifest(value => { value.files[0].name = 'manifest.json' }), /without a usable name/],
    ['no length', 'manifest.json', manifest(value => { delete value.files[0].bytes }), /no usable bytes and sha256 for/],
  ]
  for (const [name, file, change, says] of rows) {
    const restore = spoil(file, change)
    const result = await download('d3', null)
    refused(result, EX.PROTOCOL, says)
    assert.deepEqual(fs.readdirSync(world.folder).filter(entry => entry.startsWith('d3')), [], name)
    restore()
  }
  fs.rmSync(inStore('report.csv'))
  refused(await download('d3', null), EX.NOINPUT, /report\.csv: No such file/)
}))

// ---- any Redis client

test('redis-cli submits and reads as docs/redis.md shows', inWorld(async world => {
  furnish(world, { packs: ['pack-1'] })
  await world.startDaemon()
  const commands = [...document('redis.md').matchAll(/^ {4}\$ redis-cli (.*)$/gm)].map(match => match[1])
  assert.equal(commands.length, 2)
  const shell = async command => (await world.run('sh', ['-c', `redis-cli -s ${world.socket} ${command}`])).stdout
  const submit = commands[0].replace(/CompliancePackId \S+/, 'CompliancePackId pack-1')
  assert.match(submit, new RegExp(`AccountId ${ACCOUNT}`))
  const entry = (await shell(submit)).trim()
  assert.match(entry, /^\d+-\d+$/)
  const lookup = commands[1].replace(/\d+-\d+/, entry)
  assert.ok(lookup.includes(entry))
  const answer = await eventually('the answer', async () => {
    const lines = (await shell(lookup)).trim().split('\n')
    return lines.length > 1 ? Object.fromEntries(lines.flatMap((line, n) => n % 2 === 0 ? [[line, lines[n + 1]]] : [])) : null
  })
  assert.deepEqual([answer.Code, answer.HttpStatus, answer.CompliancePackId], ['Accepted', '200', 'pack-1'])
  assert.equal((await world.reportEnds('pack-1')).ReportId, answer.ReportId)
}))

// ---- evaluate

function evaluateInputs(name, { ruleList = rules(3), resources = 4 } = {}) {
  const at = file => own.path(name, file)
  own.write(`${name}/pack.json`, pack('pack-1', 3))
  own.write(`${name}/rules/rules.json`, ruleList)
  own.write(`${name}/inventory.ndjson`, inventory(resources))
  return { at, args: ['evaluate', '--pack', at('pack.json'), '--rules', at('rules'), '--inventory', at('inventory.ndjson')] }
}
const reportIn = folder => JSON.parse(fs.readFileSync(path.join(folder, 'report.json')))

test('evaluate --fail-on: 2 for findings of that risk or a higher one', async () => {
  // Only the medium rule has findings.
  const ruleList = rules(3).map(rule => {
    rule.condition.children[0].desired = rule.riskLevel === 2 ? 100 : -1
    return rule
  })
  const { at, args } = evaluateInputs('fail-on', { ruleList })
  for (const [risk, status] of [['high', 0], ['medium', EX.FINDINGS], ['low', EX.FINDINGS]]) {
    const result = await run([...args, '--out', at(risk), '--fail-on', risk, '--quiet'])
    assert.equal(result.code, status, risk)
    assert.equal(reportIn(at(risk)).summary.checkItemCounts.NON_COMPLIANT, 1, 'the report is made')
  }
  assert.equal((await run([...args, '--out', at('none')])).code, 0, 'without it findings are no failure')
})

test('evaluate --as-of judges waivers and attestations at that instant', async () => {
  const { at, args } = evaluateInputs('as-of', { ruleList: rules(1) })
  own.write('as-of/waivers.json', { waivers: [{ id: 'W', rule: '*', resource: '*', reason: 'r', approver: 'a', from: '2026-11-01',
    until: '2026-12-01' }] })
  own.write('as-of/attestations.json', { attestations: [{ item: { uuid: 'item-2' }, outcome: 'COMPLIANT', by: 'b',
    at: '2026-11-20', evidence: 'e' }] })
  const rows = [
    ['1970-01-01', 'NON_COMPLIANT', 'MANUAL'], // 0 ms is an instant too
    ['2026-10-31', 'NON_COMPLIANT', 'MANUAL'],
    ['2026-11-21', 'IGNORED', 'COMPLIANT'],
    ['2026-11-27T00:00:01Z', 'IGNORED', 'MANUAL'], // an attestation holds seven days
    ['2026-11-30T23:59:59+00:00', 'IGNORED', 'MANUAL'],
    ['2026-12-01', 'NON_COMPLIANT', 'MANUAL'], // at the waiver's end the finding is back
    ['2026-12-01T00:00:01Z', 'NON_COMPLIANT', 'MANUAL'],
  ]
  for (const [time, first, second] of rows) {
    const out = at(time.replace(/\W/g, '-'))
    await run([...args, '--out', out, '--as-of', time, '--quiet', '--waivers', at('waivers.json'), '--attestations',
      at('attestations.json')], { status: 0 })
    const report = reportIn(out)
    assert.deepEqual(report.checkItems.slice(0, 2).map(item => item.outcome), [first, second], time)
    assert.equal(Date.parse(report.run.evaluatedAsOf), Date.parse(time))
    const findings = fs.readFileSync(path.join(out, 'findings.ndjson'), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line))
    const failing = findings.filter(finding => finding.outcome === first)
    assert.ok(failing.length > 0 && failing.every(finding => finding.waiverId === (first === 'IGNORED' ? 'W' : undefined)), time)
  }
})

test('evaluate accounts for waivers: those that have lapsed, lapse soon, are unused, are over-broad', async () => {
  const { at, args } = evaluateInputs('waivers', { resources: 120, ruleList: rules(4).map(rule => {
    rule.condition.children[0].desired = '200'
    return { ...rule, checkItems: [{ uuid: 'item-1' }] }
  }) })
  const waiver = (id, rule, resource, more = {}) => ({ id, rule, resource, reason: 'r', approver: 'a', until: '2030-01-01', ...more })
  const waivers = [
    waiver('one', 'rule-1', 'vol-7'),
    waiver('again', 'rule-1', 'vol-7'),
    waiver('some', 'rule-*', 'vol-11*'),
    waiver('soon', 'rule-1', 'vol-2', { until: '2026-12-20' }),
    waiver('all', 'rule-4', '*', { until: '2027-12-20' }),
    waiver('gone', '*', '*', { until: '2026-11-21' }),
    waiver('next', 'rule-1', 'vol-3', { from: '2026-11-22' }),
    waiver('none', 'rule-3', 'disk-*'),
    waiver('rest', 'rule-[13]', 'vol-?*'),
    waiver('many', 'rule-?', 'vol-?*'),
  ]
  own.write('waivers/waivers.json', { waivers })
  const result = await run([...args, '--out', at('out'), '--as-of', '2026-11-21', '--waivers', at('waivers.json')], { status: 0 })
  assert.match(result.stdout, new RegExp([
    '^Waivers   8 in force, 1 of them for less than 30 days, 1 lapsed, 3 unused, 2 over-broad$',
    '^  lapse soon  soon$', '^  lapsed      gone$', '^  unused      again, none, rest$', '^  over-broad  all, many$',
  ].join('\n'), 'm'))
  assert.match(result.stderr, /waivers\.json: warning: waiver "rest" excuses nothing: no rule has the id "rule-\[13\]"; did you mean "rule-1"\?/)
  const summary = fs.readFileSync(at('out/summary.txt'), 'utf8')
  assert.ok(result.stdout.startsWith(summary))
  const rows = reportIn(at('out')).waivers.map(one => [one.id, one.state, one.lapsesSoon, one.findingsExcused, one.resourcesExcused,
    one.unused, one.overBroad, one.overBroadReason])
  assert.deepEqual(rows, [
    ['one', 'IN_FORCE', false, 1, 1, false, false, undefined],
    ['again', 'IN_FORCE', false, 0, 0, true, false, undefined],
    ['some', 'IN_FORCE', false, 44, 11, false, false, undefined],
    ['soon', 'IN_FORCE', true, 1, 1, false, false, undefined],
    ['all', 'IN_FORCE', false, 109, 109, false, true,
      'its resource pattern names no resource: it excuses whatever its rules find, also on resources that are still to come'],
    ['gone', 'LAPSED', false, 0, 0, false, false, undefined],
    ['next', 'NOT_YET', false, 0, 0, false, false, undefined],
    ['none', 'IN_FORCE', false, 0, 0, true, false, undefined],
    ['rest', 'IN_FORCE', false, 0, 0, true, false, undefined],
    ['many', 'IN_FORCE', false, 325, 109, false, true, 'it excuses findings of 3 or more rules on 109 resources'],
  ])
})

test('evaluate: without a rule that can run, that is why nothing was judged', async () => {
  const { at, args } = evaluateInputs('unrun', { resources: 3 })
  const broken = rules(3).map(rule => ({ ...rule, riskLevel: 9 }))
  const file = own.write('unrun/rules.json', broken)
  const { stderr } = await run([...without(args, '--rules'), '--rules', file, '--out', at('out'), '--quiet'], { status: 3 })
  assert.match(stderr, /\npackreport evaluate: nothing was judged: no rule that can run is bound to a check item\n$/)
})

test('evaluate: a broken rule is seen though its binding is misspelt, or cannot be read', async () => {
  const { at, args } = evaluateInputs('lost', { resources: 3 })
  const [first, second, third] = rules(3)
  const misspelt = { ...first, checkItem: first.checkItems, checkItems: undefined }
  const lost = { ...second, checks: second.checkItems, checkItems: undefined }
  const file = own.write('lost/rules.json', [misspelt, lost, third])
  const result = await run([...without(args, '--rules'), '--rules', file, '--out', at('out')], { status: 3 })
  const report = reportIn(at('out'))
  assert.deepEqual(report.checkItems.map(item => item.outcome).slice(0, 2), ['ERROR', 'MANUAL'])
  assert.deepEqual(report.problems.list.filter(one => one.code === 'rule.unbound.broken').map(one => one.message.match(/^rule (\S+)/)[1]), [lost.id])
  assert.match(result.stdout, new RegExp(`^Broken {4}rule ${lost.id} may decide any check item: none that it names can be read$`, 'm'))
})

test('evaluate: a report in which nothing was judged says so, and why', async () => {
  const { at, args } = evaluateInputs('nothing')
  const files = {
    none: ['', /^warning: the inventory holds no records: nothing was judged \[inventory\.empty\]\n$/],
    list: ['{"resources": []}', /^warning: the inventory holds no records: nothing was judged \[inventory\.empty\]\n$/],
    other: ['{"resourceType": "x.y", "resourceId": "z"}\n',
      /^packreport evaluate: nothing was judged: of the 1 record none is of the type and in the scope of a rule that the pack uses\n$/],
  }
  for (const [name, [content, says]] of Object.entries(files)) {
    const file = own.write(`nothing/${name}.ndjson`, content)
    const result = await run([...without(args, '--inventory'), '--inventory', file, '--out', at(name), '--quiet'], { status: 0 })
    assert.match(result.stderr, says)
    const report = reportIn(at(name))
    assert.equal(report.summary.findingCounts.COMPLIANT, 0)
    const isEmpty = name !== 'other'
    assert.deepEqual(report.problems.list.map(one => [one.severity, one.code]), isEmpty ? [['warning', 'inventory.empty']] : [])
    const summary = fs.readFileSync(path.join(at(name), 'summary.txt'), 'utf8')
    if (isEmpty) assert.match(summary, /^Inventory 0 records, so that nothing was judged$\n^Problems  0 errors, 1 warning in pack, rules, waivers, attestations or inventory$/m)
    else assert.match(summary, /^Inventory 1 record$/m)
  }
  assert.equal((await run([...args, '--out', at('some'), '--quiet'], { status: 0 })).stderr, '')
})

test('what holds lines and no record is no inventory, whatever may be bad, to any command', async () => {
  const { at, args } = evaluateInputs('noise')
  const noise = Buffer.from(Array.from({ length: 20000 }, (_, n) => (n * 7919 + (n >> 5)) % 251))
  const files = {
    noise: [noise, /none of its \d+ records is right.*; is it an inventory\? The first is in line 1: /],
    readme: ['# Servers\n\nAll of them.\n', /readme: none of its 2 records is right.*; is it an inventory\? The first is in line 1: /],
    array: ['[\n{"a": 7}]', /array: none of its 1 record is right.* The first is in line 2: /],
    page: ['{"items": []}', /page: none of its 1 record is right/],
  }
  for (const [name, [content, says]] of Object.entries(files)) {
    const file = own.write(`noise/${name}`, content)
    for (const more of [[], ['--max-bad-lines', '100%'], ['--fail-on', 'high']]) {
      const result = await run([...without(args, '--inventory'), '--inventory', file, '--out', at(`of-${name}`), ...more], { status: 65 })
      assert.match(result.stderr, says)
      assert.ok(!fs.existsSync(at(`of-${name}`)), 'no report')
    }
    for (const command of [['count', '--rules', at('rules')], ['rules', 'diff', at('rules'), at('rules')], ['rules', 'check', at('rules')]]) {
      const result = await run([...command, '--inventory', file], { status: 65 })
      assert.match(result.stderr, says)
      assert.equal(result.stdout, '', command.join(' '))
    }
  }
})

// The command line without an option and its value, to give it another one.
const without = (args, option) => args.filter((word, at) => word !== option && args[at - 1] !== option)

test('evaluate: standard input, --account, --threads, --block, --json, --quiet', async () => {
  const { at, args } = evaluateInputs('options', { resources: 300 })
  const text = await run([...args, '--out', at('a')], { status: 0 })
  assert.match(text.stdout, /^Pack pack-1 1\.0\n(.|\n)*Inventory 300 records\n(.|\n)*report files: .*\/options\/a\n$/)
  assert.equal(text.stderr, '')
  const piped = await run([...without(args, '--inventory'), '--inventory', '-', '--out', at('b'), '--threads', '3', '--block', '4096', '--account', '42', '--json'],
    { status: 0, input: inventory(300) })
  assert.deepEqual(Object.keys(JSON.parse(piped.stdout)), ['badLines', 'checkItems', 'compliant', 'duplicates', 'error', 'manual',
    'nonCompliant', 'resources', 'scoreBasisPoints'])
  assert.equal(JSON.parse(piped.stdout).resources, 300)
  assert.deepEqual(fs.readFileSync(at('b/findings.ndjson')), fs.readFileSync(at('a/findings.ndjson')))
  assert.deepEqual([reportIn(at('a')).run.accountId, reportIn(at('b')).run.accountId], ['0', '42'])
  assert.deepEqual(await run([...args, '--out', at('c'), '--quiet']), { code: 0, signal: null, stdout: '', stderr: '' })
})

test('evaluate: inputs that are not there, and an output that is', async () => {
  const { at, args } = evaluateInputs('missing')
  const rows = [
    ['--pack', /^packreport evaluate: pack: \/nonexistent\/x: No such file or directory\n$/],
    ['--rules', /^packreport evaluate: rules: \/nonexistent\/x: No such file or directory\n$/],
    ['--inventory', /^packreport evaluate: inventory \/nonexistent\/x: No such file or directory\n$/],
    ['--waivers', /^packreport evaluate: waivers: \/nonexistent\/x: No such file or directory\n$/],
    ['--attestations', /^packreport evaluate: attestations: \/nonexistent\/x: No such file or directory\n$/],
  ]
  for (const [option, says] of rows) {
    refused(await run([...without(args, option), '--out', at('out'), option, '/nonexistent/x']), EX.NOINPUT, says)
    assert.deepEqual(fs.readdirSync(at('.')).filter(name => name.startsWith('out')), [], option)
  }
  fs.mkdirSync(at('there'))
  refused(await run([...args, '--out', at('there')]), EX.TEMPFAIL,
    /^packreport evaluate: .*there exists already; --out names a new folder\n$/)
  assert.deepEqual(fs.readdirSync(at('there')), [])
})
