#!/usr/bin/env node
// SPDX-License-Identifier: MIT
//
// Says whether the queue kept its promises, from the history of a run. A pure function, written from docs/redis.md and
// docs/operations.md; it shares no code with the daemon.
//
//   check(history) -> [{property, text}]        nothing when all promises were kept
//   node checker.mjs history.json               the same for the history that a failed run left
//
// A history is a JSON object:
//   requests   what producers did: {prefix, outcome: added | refused | unknown, entryId, answer: {name, Code, ReportId} or null},
//              the prefix being that of the keys of its partition
//   door       what callers over HTTP asked for: {fields, tries: [{outcome: answered | refused | unknown, code, requestId}]}; `code`
//              is "Accepted" or that of the refusal, "unknown" is also a server's "perhaps" (503). Absent: nobody did
//   looks      what they were shown by Get: {account, pack, sentAt, gotAt, report}; `report` as it came, times in ms. Absent: none
//   partitions, of each:
//     effects      every write that Redis took, in its order: a list of atomic steps, each a list of commands
//     lost         [{node, steps}]: what servers took besides, and their successors never had
//     whileMoving  steps that are no requests, from a time in which the slot was half moved
//     events       what one read who followed `events`: {id}
//     prefix, keys: {<name>: {ttl, value}}, unanswered: Redis when all was over
//   serverFaults [{kind, from, over, to}]: what befell the servers of Redis, when it was over, and when all was well again, in ms
//   store      {folders: [{account, pack, report, fence, files: [{name, bytes, sha256}], manifest}], staging: [name],
//              strangers: [path]}
//   daemons    {worker: "<name>:<pid>", killedAt: ms or null, code, signal, lastWords, said: [{event, report, fence, to}]}
//   unsettled  what was still unfinished when the patience ended, or null
//
// Properties: answered-once, answered-right, shown-right, one-token-outcome, not-lost, one-place, one-owner, no-stale-write,
// one-visible-report, counted, files-match, no-orphans, followed, alive, settled; `replay` says that the history itself is wrong.
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Lost, checkLost } from './checker/lost.mjs'
import { Walk } from './checker/walk.mjs'
import { checkPartition, checkRemains } from './checker/remains.mjs'
import { checkRequests } from './checker/requests.mjs'

function walkThrough(partition) {
  const walk = new Walk(partition.prefix).run(partition.effects)
  walk.lost = new Lost(partition.lost, walk)
  return walk
}

export function check(history) {
  const violations = []
  const report = (property, text) => violations.push({ property, text })
  const walks = history.partitions.map(partition => {
    const walk = walkThrough(partition)
    violations.push(...walk.violations)
    const requests = history.requests.filter(request => request.prefix === partition.prefix)
    const { door, looks } = history // of a run with one partition
    checkRequests({ requests, events: partition.events, door, looks }, walk, report)
    checkPartition(partition, walk, report)
    checkLost(history, partition, report)
    return walk
  })
  checkRemains(history, walks, report)
  if (history.unsettled) report('settled', history.unsettled)
  return violations
}

// Numbers of a run, for its summary.
export function count(history) {
  const walks = history.partitions.map(walkThrough)
  const sum = of => walks.reduce((total, walk) => total + of(walk), 0)
  const outcomes = {}
  for (const { outcome } of walks.flatMap(walk => [...walk.jobs.values()]).flatMap(job => job.endings)) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const codes = {}
  for (const { fields } of walks.flatMap(walk => walk.answers)) {
    const code = fields.Replayed === '1' ? 'Replayed' : fields.Code
    codes[code] = (codes[code] ?? 0) + 1
  }
  const lost = {
    requests: sum(walk => walk.lost.entries.size), answers: sum(walk => walk.lost.answers.length), endings: sum(walk => walk.lost.endings.length),
  }
  return { requests: sum(walk => walk.entries.length), jobs: sum(walk => walk.jobs.size), codes, outcomes, lost }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const history = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const violations = check(history)
  for (const { property, text } of violations) console.log(`${property}: ${text}`)
  console.log(JSON.stringify(count(history)))
  process.exitCode = violations.length > 0 ? 1 : 0
}
