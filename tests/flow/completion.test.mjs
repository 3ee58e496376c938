// SPDX-License-Identifier: MIT
//
// share/bash-completion: what bash offers behind each word is what the programs say of themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import path from 'node:path'
import { BUILD, ROOT, worldOfFile } from './lib/harness.mjs'

const own = worldOfFile()
const SCRIPT = 'source "$1/packreport" && source "$1/packreportd" && shift && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && ' +
  '"_$(basename "$1")" "$1" && printf "%s\\n" "${COMPREPLY[@]}"'

async function offered(...words) {
  const program = path.join(BUILD, words[0])
  const { stdout, stderr } = await own.run('/bin/bash', ['-c', SCRIPT, 'bash', path.join(ROOT, 'share/bash-completion/completions'), program, ...words.slice(1)])
  assert.equal(stderr, '')
  return stdout.split('\n').filter(line => line !== '')
}
const options = async (...args) => {
  const { stdout } = await own.run(path.join(BUILD, args[0]), [...args.slice(1), '--help'])
  return [...stdout.matchAll(/^ {2}(?:-.,| {3}) (--[a-z-]+)/gm)].map(match => match[1])
}

test('commands, those of rules, and actions', async () => {
  const commands = await offered('packreport', '')
  for (const name of ['generate', 'status', 'rules', 'jsonpath', '--help', '--version']) assert.ok(commands.includes(name), name)
  assert.deepEqual(await offered('packreport', 'do'), ['download', 'doctor'])
  assert.deepEqual(await offered('packreport', 'rules', ''), ['check', 'test', 'diff', 'seal'])
  assert.deepEqual(await offered('packreport', 'dead', ''), ['list', 'show', 'retry', 'drop'])
  assert.deepEqual(await offered('packreport', 'account', 's'), ['show', 'set'])
})

test('options of every command, and words that they take', async () => {
  const commands = (await offered('packreport', '')).filter(name => !name.startsWith('-') && name !== 'rules')
  const tools = (await offered('packreport', 'rules', '')).map(name => ['rules', name])
  for (const command of [...commands.map(name => [name]), ...tools]) {
    assert.deepEqual(await offered('packreport', ...command, '-'), await options('packreport', ...command), command.join(' '))
  }
  assert.deepEqual(await offered('packreport', 'evaluate', '--fail-on', ''), ['high', 'medium', 'low'])
  assert.deepEqual(await offered('packreport', 'rules', 'check', '--fail-on', 'w'), ['warning'])
  assert.deepEqual(await offered('packreport', 'generate', '--language', ''), ['en-us', 'zh-cn'])
  assert.deepEqual(await offered('packreport', 'evaluate', '--pack', ''), [], 'the name of a file')
})

test('the daemon: options, and every setting', async () => {
  assert.deepEqual(await offered('packreportd', '-'), await options('packreportd'))
  const { stdout } = await own.run(path.join(BUILD, 'packreportd'), ['--dev', '--state-dir', own.path('state'), '--print-config'])
  let section
  const settings = stdout.split('\n').flatMap(line => {
    const [, name, key] = /^\[(\w+)\]$|^(?:; )?(\w+) (?:=|is not set)/.exec(line) ?? []
    section = name ?? section
    return key === undefined ? [] : [`${section}.${key}=`]
  })
  assert.ok(settings.length > 60)
  assert.deepEqual((await offered('packreportd', '--set', '')).sort(), settings.sort())
})
