// SPDX-License-Identifier: MIT
//
// The store's disk: a small file system in memory that can be made exactly as large as what lies on it. Only root may mount; for
// others there is no such disk, and no such fault.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

const ROOMY = '4g' // every report of a run stays: about 33 KB each
const TRIES = 20 // the daemons go on writing while its size is set

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })

export class Disk {
  // Null where nothing can be mounted.
  static mount(folder) {
    fs.mkdirSync(folder, { recursive: true })
    try {
      run('mount', '-t', 'tmpfs', '-o', `size=${ROOMY},mode=700`, 'packreport-chaos', folder)
      return new Disk(folder)
    } catch {
      return null
    }
  }

  constructor(folder) { this.folder = folder }

  fill() {
    for (let n = 0; n < TRIES; n++) {
      const { bsize, blocks, bfree } = fs.statfsSync(this.folder)
      try {
        run('mount', '-o', `remount,size=${Math.max(1, blocks - bfree) * bsize}`, this.folder)
        return
      } catch { /* it grew meanwhile */ }
    }
  }

  empty() { run('mount', '-o', `remount,size=${ROOMY}`, this.folder) }
  unmount() { run('umount', '-l', this.folder) }
}
