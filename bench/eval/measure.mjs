// SPDX-License-Identifier: MIT
//
// Runs commands and measures them. Rows of one table take turns, so that a slow minute of the machine falls on all of them, and
// the best of each counts.
import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'

const OUTPUT_BYTES = 64 * 1024 * 1024

// One run: seconds by the clock and of CPU, peak resident memory of the largest process, and what it printed.
function run({ command, input }) {
  const [shell, args] = input ? ['sh', ['-c', `${input} | /usr/bin/time -f '%U %S %M' "$@"`, 'sh', ...command]]
    : ['/usr/bin/time', ['-f', '%U %S %M', ...command]]
  const begun = performance.now()
  const { status, stdout, stderr, error } = spawnSync(shell, args, { encoding: 'utf8', maxBuffer: OUTPUT_BYTES })
  const wall = (performance.now() - begun) / 1000
  if (error || status !== 0) return { error: error?.message ?? `status ${status}: ${stderr.trim().split('\n').slice(-3).join(' ')}` }
  const [user, system, kib] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { wall, cpu: user + system, memory: kib / 1024, stdout }
}

// The best of two runs; an error of either stays.
function best(one, other) {
  if (!one || one.error) return one ?? other
  if (other.error) return other
  return { stdout: other.stdout, wall: Math.min(one.wall, other.wall), cpu: Math.min(one.cpu, other.cpu),
    memory: Math.max(one.memory, other.memory) }
}

// Each row gets `result`: the best of its runs, or { error }. A row's `before` runs first, unmeasured.
export function measure(rows, repetitions) {
  for (let i = 0; i < repetitions; i++) {
    for (const row of rows.filter(candidate => i < (candidate.repetitions ?? repetitions))) {
      row.before?.()
      row.result = best(row.result, run(row))
      process.stderr.write(`\r${i + 1}/${repetitions} ${row.name}\x1b[K`)
    }
  }
  process.stderr.write('\r\x1b[K')
}

// Instructions in user mode for each byte of input, by perf; undefined where perf may not count.
export function instructionsPerByte(command, bytes) {
  const { status, stderr } = spawnSync('perf', ['stat', '-x', ',', '-e', 'instructions:u', ...command], { encoding: 'utf8', maxBuffer: OUTPUT_BYTES })
  const counted = Number(/^(\d+),/m.exec(stderr ?? '')?.[1])
  return status === 0 && counted > 0 ? counted / bytes : undefined
}
