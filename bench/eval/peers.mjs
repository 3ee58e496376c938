// SPDX-License-Identifier: MIT
//
// What packreport is measured against: how each is built and run, and what it needs. Each prints how many records pass each of
// the 20 rules. Slow ones get fewer records.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = path.dirname(fileURLToPath(import.meta.url))
const RULES = path.join(HERE, 'rules.json')
const source = name => path.join(HERE, 'peers', name)

const COMPILED = {
  jansson_eval: ['gcc', '-O2', source('jansson_eval.c'), '-ljansson', '-lpcre2-8'],
  simdjson_peer: ['g++', '-O3', '-march=native', '-std=c++17', source('simdjson_peer.cpp'), '-lsimdjson', '-lpcre2-8'],
}

const node = engine => ({ command: file => ['node', source('node_peer.cjs'), engine, file], needs: 'npm ci in bench/eval' })

// `needs`: what to install, where running it fails.
export const peers = work => {
  const program = name => path.join(work, name)
  return [
    { name: 'wc -l', kind: 'floor', command: file => ['wc', '-l', file] },
    { name: 'simdjson DOM, parse only', kind: 'floor', command: file => [program('simdjson_peer'), 'dom', file], needs: 'libsimdjson-dev libpcre2-dev' },
    { name: 'simdjson On-Demand, rules by hand', command: file => [program('simdjson_peer'), 'ondemand', file], needs: 'libsimdjson-dev libpcre2-dev' },
    { name: 'simdjson DOM + rule tree', command: file => [program('simdjson_peer'), 'dom-eval', file, RULES], needs: 'libsimdjson-dev libpcre2-dev' },
    { name: 'jansson + rule tree', command: file => [program('jansson_eval'), RULES, file], needs: 'libjansson-dev libpcre2-dev' },
    { name: 'DuckDB, 2 threads', ...node('duckdb-struct-2') },
    { name: 'DuckDB, 1 thread', ...node('duckdb-struct-1') },
    { name: 'JavaScript compiled by V8', ...node('js') },
    { name: 'ajv (JSON Schema)', slow: true, ...node('ajv') },
    { name: 'Python closures', slow: true, records: 50000, command: file => ['python3', source('python_peer.py'), RULES, file] },
    { name: 'CEL', slow: true, records: 20000, ...node('cel') },
    { name: 'SQLite', slow: true, records: 50000, needs: 'sqlite3',
      command: file => ['sh', '-c', `sed 's#DATA#${file}#' ${program('rules.sqlite.sql')} | sqlite3 :memory:`] },
    { name: 'gojq', slow: true, records: 10000, command: file => ['gojq', '-c', '-n', '-f', program('rules.jq'), file], needs: 'gojq' },
    { name: 'jq', slow: true, records: 10000, command: file => ['jq', '-c', '-n', '-f', program('rules.jq'), file], needs: 'jq' },
    { name: 'ZEN', slow: true, records: 10000, ...node('zen') },
    { name: 'JMESPath', slow: true, records: 5000, needs: 'python3-jmespath',
      command: file => ['python3', source('jmespath_peer.py'), program('rules.jmes.json'), file] },
    { name: 'json-rules-engine', slow: true, records: 5000, ...node('json-rules-engine') },
    { name: 'JSONata', slow: true, records: 5000, ...node('jsonata') },
  ]
}

// Builds the compiled peers that can be built here, and the rules in each peer's language.
export function buildPeers(work) {
  for (const [name, command] of Object.entries(COMPILED)) {
    const out = path.join(work, name)
    const from = command.find(word => word.startsWith(HERE))
    if (fs.existsSync(out) && fs.statSync(out).mtimeMs > fs.statSync(from).mtimeMs) continue
    try {
      execFileSync(command[0], [...command.slice(1), '-o', out], { stdio: ['ignore', 'ignore', 'pipe'] })
    } catch {
      console.error(`${name} does not build here`)
    }
  }
  execFileSync('node', [path.join(HERE, 'translate.cjs'), work], { stdio: 'ignore', env: { ...process.env, RULES } })
}
