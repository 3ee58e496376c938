// SPDX-License-Identifier: MIT
//
// `cmake --install` into a folder of its own: what is there, that it works from there, and that the sample settings, accounts and
// units fit each other and the way that docs/operations.md leads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, ROOT, SHARE, eventually, inWorld } from './lib/harness.mjs'

const EXPECTED = [
  'bin/packreport', 'bin/packreportd', 'lib/systemd/system/packreportd.service', 'lib/systemd/system/packreportd@.service',
  'share/doc/packreport/LICENSE', 'share/doc/packreport/config/packreportd.ini', 'share/doc/packreport/operations.md',
  'share/packreport/generate-inventory', 'share/packreport/rules/network.json', 'share/packreport/waivers.json',
  'share/bash-completion/completions/packreport', 'share/bash-completion/completions/packreportd',
]

const UNITS = ['packreportd.service', 'packreportd@.service']
const read = (...names) => fs.readFileSync(path.join(ROOT, ...names), 'utf8')

// Names of the credentials that a unit loads; `all`: those of its comments, too.
const loadedBy = (unit, all = false) =>
  [...read('systemd', unit).matchAll(all ? /^#?LoadCredential=(.+):(.+)$/gm : /^LoadCredential=(.+):(.+)$/gm)].map(([, name, file]) => {
    assert.equal(file, `/etc/packreport/credentials/${name}`)
    return name
  })

test('the units load what the sample accounts name, and have a line for each credential of the sample settings', () => {
  const named = JSON.parse(read('config/accounts.json')).accounts.map(account => account.credential)
  const possible = [...read('config/packreportd.ini').matchAll(/^;?(?:credential|sentinel_credential|tls_key|keys|link_credential|tls_credential) = (.+)$/gm)]
    .map(([, name]) => name)
  assert.equal(possible.length, 6, possible.join())
  for (const unit of UNITS) {
    assert.deepEqual(loadedBy(unit).sort(), named.sort(), unit)
    for (const name of possible) assert.ok(loadedBy(unit, true).includes(name), `${unit} has no line for ${name}`)
  }
})

// What docs/operations.md says under "Under systemd", with all its absolute paths below `root`, but for systemd's own part.
function documentedSteps(root) {
  const [, block] = /^## Under systemd\n\n((?: {4}.*\n)+)/m.exec(read('docs/operations.md'))
  return block.split('\n').map(line => line.trim()).filter(line => line && !line.startsWith('#') && !line.startsWith('systemctl'))
    .map(line => line.replace('build/release', BUILD).replace(/(?<=[ =])\/(usr|etc|var)(?=\/|$|\s)/g, `${root}/$1`)
      .replace(/^packreportd/, `${root}/usr/bin/packreportd --config ${root}/etc/packreport/packreportd.ini`))
}

// Follows them; what the site has to bring is brought before the check.
async function installAsDocumented(world, root) {
  const steps = documentedSteps(root)
  const check = steps.findIndex(step => step.includes('--check-config'))
  assert.ok(check > 0, steps.join('\n'))
  for (const step of steps.slice(0, check)) await world.run('bash', ['-ec', step])
  const etc = name => path.join(root, 'etc/packreport', name)
  const settings = fs.readFileSync(etc('packreportd.ini'), 'utf8')
  fs.writeFileSync(etc('packreportd.ini'), settings.replace(/(?<== )\/(?=(etc|var)\/)/g, `${root}/`))
  fs.cpSync(path.join(SHARE, 'rules'), etc('rules'), { recursive: true })
  for (const name of loadedBy('packreportd.service')) fs.writeFileSync(etc(`credentials/${name}`), 'token\n', { mode: 0o600 })
  for (const step of steps.slice(check)) await world.run('bash', ['-ec', step])
}

// The commands that a menu lists, and those of the menus among them: ['generate'], …, ['rules', 'check'], …
async function commandsOf(world, packreport, ...menu) {
  const { stdout } = await world.run(packreport, [...menu, '--help'])
  const names = [...stdout.matchAll(/^  ([a-z]+)  +\S/gm)].map(match => [...menu, match[1]])
  const below = names.filter(name => name.at(-1) === 'rules').map(name => commandsOf(world, packreport, ...name))
  return [...names, ...(await Promise.all(below)).flat()]
}

test('an installation holds what is needed, and --dev finds its samples', inWorld(async world => {
  const prefix = world.path('usr')
  await installAsDocumented(world, world.folder)
  for (const file of EXPECTED) assert.ok(fs.existsSync(path.join(prefix, file)), file)
  fs.accessSync(path.join(prefix, 'share/packreport/generate-inventory'), fs.constants.X_OK)

  for (const unit of UNITS) {
    const text = fs.readFileSync(path.join(prefix, 'lib/systemd/system', unit), 'utf8')
    assert.ok(text.includes(`ExecStart=${prefix}/bin/packreportd `), text)
    assert.ok(text.includes(`Documentation=file:${prefix}/share/doc/packreport/operations.md\n`), text)
  }

  const manual = name => fs.readFileSync(path.join(prefix, 'share/man', name), 'utf8')
  const commands = await commandsOf(world, path.join(prefix, 'bin/packreport'))
  assert.ok(commands.length > 20, commands.join())
  for (const command of commands) {
    const page = manual(`man1/packreport-${command.join('-')}.1`)
    assert.match(page, /^\.SH SYNOPSIS$/m)
    assert.match(page, /^\.BR packreportd\.ini \(5\)$/m)
    // A heading among the options is a paragraph, and each option has its text below it.
    if (page.includes('Where the queue is')) assert.match(page, /^\.PP\nWhere the queue is \(default: .*\):\n\.TP\n/m, command.join(' '))
    assert.deepEqual(page.match(/^\\fB\\-\S* .*[A-Z][a-z]+ [a-z]+.*$/gm), null, command.join(' '))
  }
  assert.match(manual('man1/packreport-generate.1'), /client\\-token/)
  const settings = manual('man8/packreportd.8')
  assert.match(settings, /^wait_replicas$/m)
  assert.match(settings, /^sentinel_credential$/m)
  assert.match(settings, /^\.PP\n\[redis\]\n\.TP\naddress\n/m)
  assert.match(manual('man5/packreportd.ini.5'), /man8\/packreportd\.8/)

  const packreportd = path.join(prefix, 'bin/packreportd')
  const { stdout } = await world.run(packreportd, ['--dev', '--state-dir', world.path('state'), '--print-config'])
  assert.ok(stdout.includes(`= ${prefix}/share/packreport/rules `), stdout)

  const daemon = world.start(packreportd, ['--dev', '--state-dir', world.path('state')])
  await eventually(() => `the daemon is ready: ${daemon.stderr.text}`, () => daemon.stderr.text.includes('"daemon.ready"'))
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
}))
