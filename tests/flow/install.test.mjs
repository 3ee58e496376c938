// SPDX-License-Identifier: MIT
//
// `cmake --install` into a folder of its own: what is there, and that it works from there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fs from 'node:fs'
import path from 'node:path'
import { BUILD, eventually, inWorld } from './lib/harness.mjs'

const EXPECTED = [
  'bin/packreport', 'bin/packreportd', 'lib/systemd/system/packreportd.service', 'lib/systemd/system/packreportd@.service',
  'share/doc/packreport/LICENSE', 'share/doc/packreport/config/packreportd.ini', 'share/doc/packreport/operations.md',
  'share/packreport/generate-inventory', 'share/packreport/rules/network.json', 'share/packreport/waivers.json',
  'share/bash-completion/completions/packreport', 'share/bash-completion/completions/packreportd',
]

// The commands that a menu lists, and those of the menus among them: ['generate'], …, ['rules', 'check'], …
async function commandsOf(world, packreport, ...menu) {
  const { stdout } = await world.run(packreport, [...menu, '--help'])
  const names = [...stdout.matchAll(/^  ([a-z]+)  +\S/gm)].map(match => [...menu, match[1]])
  const below = names.filter(name => name.at(-1) === 'rules').map(name => commandsOf(world, packreport, ...name))
  return [...names, ...(await Promise.all(below)).flat()]
}

test('an installation holds what is needed, and --dev finds its samples', inWorld(async world => {
  const prefix = world.path('usr')
  await world.run('cmake', ['--install', BUILD, '--prefix', prefix])
  for (const file of EXPECTED) assert.ok(fs.existsSync(path.join(prefix, file)), file)
  fs.accessSync(path.join(prefix, 'share/packreport/generate-inventory'), fs.constants.X_OK)

  for (const unit of ['packreportd.service', 'packreportd@.service']) {
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
  }
  assert.match(manual('man1/packreport-generate.1'), /client\\-token/)
  assert.match(manual('man8/packreportd.8'), /wait_replicas/)
  assert.match(manual('man5/packreportd.ini.5'), /man8\/packreportd\.8/)

  const packreportd = path.join(prefix, 'bin/packreportd')
  const { stdout } = await world.run(packreportd, ['--dev', '--state-dir', world.path('state'), '--print-config'])
  assert.ok(stdout.includes(`= ${prefix}/share/packreport/rules `), stdout)

  const daemon = world.start(packreportd, ['--dev', '--state-dir', world.path('state')])
  await eventually(() => `the daemon is ready: ${daemon.stderr.text}`, () => daemon.stderr.text.includes('"daemon.ready"'))
  assert.deepEqual(await daemon.end(), { code: 0, signal: null })
}))
