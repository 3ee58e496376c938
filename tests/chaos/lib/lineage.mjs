// SPDX-License-Identifier: MIT
//
// Which writes count, when servers replicate and one takes over from another: from the append-only files of all of them, the
// history that led to what the last master holds, and the writes that some server took and that are no part of it: what a
// failover lost.
//
// A server's log is cut where it gave up its data for its master's (a full synchronisation). Replicas write down the same steps as
// their masters in the same order, so a piece joins the one that has its first steps. Almost every step names times, entry ids or
// fences, and is there once; of several places the one where most steps agree is the right one.

const textOf = step => JSON.stringify(step)

// How many steps of `piece` are also in `other` from `at` on.
function overlap(piece, other, at) {
  let length = 0
  while (length < piece.texts.length && at + length < other.texts.length && piece.texts[length] === other.texts[at + length]) length++
  return length
}

// A step that names a time is there once; a key that expired is removed more often, and by whoever is the master.
const namesTime = text => /1\d{12}/.test(text)

// Where `piece` begins in `other`, and how many of its steps follow there; null when it does not.
function joint(piece, other) {
  let best = null
  for (let at = other.texts.indexOf(piece.texts[0]); at >= 0; at = other.texts.indexOf(piece.texts[0], at + 1)) {
    const length = overlap(piece, other, at)
    if (piece.texts.slice(0, length).some(namesTime) && length > (best?.length ?? 0)) best = { at, length }
  }
  return best
}

// All that came before and in `piece`, from an empty server on.
function descend(piece, pieces, seen) {
  if (piece.isFirst) return piece
  const before = pieces.filter(other => !seen.has(other)).map(other => ({ other, found: joint(piece, other) }))
    .filter(({ found }) => found).sort((a, b) => b.found.length - a.found.length)
  for (const { other, found } of before) {
    const whole = descend(other, pieces, new Set([...seen, other]))
    const at = whole && whole.texts.length - other.texts.length + found.at
    if (whole) return { texts: [...whole.texts.slice(0, at), ...piece.texts], steps: [...whole.steps.slice(0, at), ...piece.steps] }
  }
  return null
}

// What of `piece` is no part of the history `whole`: its end, from where they part.
function lostOf(piece, whole) {
  const found = joint(piece, whole)
  return piece.steps.slice(found?.length ?? 0)
}

// `logs`: of each server, {node, pieces: [[step]]}, a step being a list of commands. Gives {steps, lost: [{node, steps}]} of the
// server `master`.
export function lineageOf(logs, master) {
  const pieces = logs.flatMap(({ node, pieces: ofNode }) => ofNode.map((steps, n) =>
    ({ node, n, steps, texts: steps.map(textOf), isFirst: n === 0 }))).filter(piece => piece.steps.length > 0)
  const last = pieces.filter(piece => piece.node === master).at(-1)
  if (!last) return { steps: [], lost: [] }
  const whole = descend(last, pieces, new Set([last]))
  if (!whole) throw new Error(`where the data of ${master} came from is in no log: it became the master before it was sent anything`)
  const lost = new Map()
  for (const piece of pieces) {
    const steps = lostOf(piece, whole)
    if (steps.length === 0) continue
    const name = textOf(steps[0]) // several servers may have lost the same
    if (!(lost.get(name)?.steps.length >= steps.length)) lost.set(name, { node: piece.node, steps })
  }
  return { steps: whole.steps, lost: [...lost.values()] }
}
