// SPDX-License-Identifier: MIT
//
// A file system in memory with hardly any room, for stores that run full. Only root may mount one.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
const mount = (folder, size) => run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=700`, 'packreport-small', folder)

// Why there can be none here; false when there can.
export function whyNoSmallDisk() {
  const folder = fs.mkdtempSync('/tmp/pr-disk-')
  try {
    mount(folder, '100k')
    run('umount', folder)
    return false
  } catch {
    return 'needs the right to mount'
  } finally {
    fs.rmdirSync(folder)
  }
}

// Gone with the world. `resize` makes room.
export function mountSmallDisk(world, name, size) {
  const folder = world.path(name)
  fs.mkdirSync(folder, { recursive: true })
  mount(folder, size)
  world.closers.push(async () => {
    for (const process of world.processes) if (process !== world.redisServer) await process.end('SIGKILL')
    run('umount', folder)
  })
  return { folder, resize: to => run('mount', '-o', `remount,size=${to}`, folder) }
}
