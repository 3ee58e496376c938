// SPDX-License-Identifier: MIT
//
// Reads Redis' append-only files: every write that it took, in its order, what a script wrote as one step. With `appendfsync
// always` and without rewrites they are the whole truth, also about restarts: what they lack nobody was told of.
import fs from 'node:fs'
import path from 'node:path'

const RETURN = 13

function* commandsOf(bytes) {
  let at = 0
  const line = () => {
    const end = bytes.indexOf(RETURN, at)
    const text = bytes.toString('latin1', at, end)
    at = end + 2
    return text
  }
  while (at < bytes.length) {
    const head = line()
    if (head.startsWith('#')) continue // a time stamp
    if (!head.startsWith('*')) throw new Error(`the append-only file has "${head.slice(0, 40)}" where a command begins`)
    yield Array.from({ length: Number(head.slice(1)) }, () => {
      const length = Number(line().slice(1))
      const text = bytes.toString('utf8', at, at + length)
      at += length + 2
      return text
    })
  }
}

// A command for each key: MSET is told as the SETs that it stands for.
function partsOf(command) {
  if (command[0].toUpperCase() !== 'MSET') return [command]
  return Array.from({ length: (command.length - 1) / 2 }, (_, n) => ['SET', command[2 * n + 1], command[2 * n + 2]])
}

export function readSteps(bytes) {
  const steps = []
  let open = null
  for (const command of commandsOf(bytes)) {
    const name = command[0].toUpperCase()
    if (name === 'MULTI') open = []
    else if (name === 'EXEC') {
      steps.push(open)
      open = null
    } else if (open) open.push(...partsOf(command))
    else steps.push(partsOf(command))
  }
  return steps
}

const numberIn = file => Number(/\.(\d+)\.incr\.aof$/.exec(file)[1])

// The files of a server that keeps those which it has no more use for (aof-disable-auto-gc), in their order: it begins another one
// when it gave up its data for its master's.
export function readPieces(folder) {
  const files = fs.readdirSync(folder).filter(name => name.endsWith('.incr.aof')).sort((a, b) => numberIn(a) - numberIn(b))
  return files.map(file => readSteps(fs.readFileSync(path.join(folder, file))))
}

export function readLogOfWrites(folder) {
  const pieces = readPieces(folder)
  if (pieces.length !== 1) throw new Error(`${folder}: ${pieces.length} append-only files, so it was written anew meanwhile`)
  return pieces[0]
}
