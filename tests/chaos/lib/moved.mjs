// SPDX-License-Identifier: MIT
//
// The history of one partition whose slot moved from shard to shard, from the histories of the shards. While it is on its way no
// script runs, and both sides may take requests only; what they write to move the keys is no change of the partition.

// The commands of a partition, by the hash tag of their key; a step is of one partition, for a script has keys of one slot.
const isOf = number => ([, key]) => key?.includes(`{${number}}:`)

// "leaves 3" or "arrives 3" of a step that is a mark.
function markOf([[name, key, value]], prefix) {
  return name.toUpperCase() === 'SET' && key.startsWith(prefix) && /^(leaves|arrives) /.test(value) ? value : null
}

const MOVES = new Set(['DEL', 'UNLINK', 'RESTORE', 'RESTORE-ASKING'])

export function partitionOfShards(shards, number, prefix) {
  const logs = shards.map(({ steps }) => steps.map(commands => commands.filter(isOf(number))).filter(commands => commands.length > 0))
  const at = logs.map(() => 0)
  const effects = []
  const whileMoving = []
  // Up to the next mark of a kind, which is given; null when there is none.
  const until = (shard, kind, take) => {
    while (at[shard] < logs[shard].length) {
      const step = logs[shard][at[shard]++]
      const mark = markOf(step, prefix)
      if (mark?.startsWith(kind)) return mark.split(' ')[1]
      if (!step[0][1].startsWith(prefix)) take(step)
    }
    return null
  }
  const moving = step => {
    if (MOVES.has(step[0][0].toUpperCase()) || step[0][1].startsWith(prefix)) return
    effects.push(step)
    if (!(step.length === 1 && step[0][0].toUpperCase() === 'XADD' && step[0][1].endsWith('}:requests'))) whileMoving.push(step)
  }
  let shard = logs.findIndex(([first]) => first?.[0][0].toUpperCase() === 'SET' && first[0][1].startsWith(prefix)) // as the topology begins
  while (shard >= 0) {
    const move = until(shard, 'leaves', step => effects.push(step))
    if (move === null) break
    const target = logs.findIndex(log => log.some(step => markOf(step, prefix) === `arrives ${move}`))
    // What is left on the side that it leaves, up to where it comes back.
    while (at[shard] < logs[shard].length && !/^RESTORE/.test(logs[shard][at[shard]][0][0].toUpperCase())) moving(logs[shard][at[shard]++])
    if (target < 0) throw new Error(`partition ${number} left a shard in move ${move} and arrived nowhere`)
    until(target, `arrives ${move}`, moving)
    shard = target
  }
  const lost = shards.flatMap(one => one.lost.map(({ node, steps }) => ({
    node, steps: steps.filter(commands => commands.some(isOf(number)) && !commands[0][1].startsWith(prefix)),
  }))).filter(({ steps }) => steps.length > 0)
  return { number, effects, lost, whileMoving }
}
