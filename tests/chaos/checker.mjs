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
//   requests   what producers did: {outcome: added | refused | unknown, entryId, answer: {name, Code, ReportId} or null}
//   door       what callers over HTTP asked for: {fields, tries: [{outcome: answered | refused | unknown, code, requestId}]}; `code`
//              is "Accepted" or that of the refusal, "unknown" is also a server's "perhaps" (503). Absent: nobody did
//   looks      what they were shown by Get: {account, pack, sentAt, gotAt, report}; `report` as it came, times in ms. Absent: none
//   effects    every write that Redis took, in its order: a list of atomic steps, each a list of commands
//   events     what one read who followed `events`: {id}
//   final      {prefix, keys: {<name>: {ttl, value}}, unanswered}: Redis when all was over
//   store      {folders: [{account, pack, report, fence, files: [{name, bytes, sha256}], manifest}], staging: [name],
//              strangers: [path]}
//   daemons    {worker: "<name>:<pid>", killedAt: ms or null, code, signal, lastWords, said: [{event, report, fence, to}]}
//   unsettled  what was still unfinished when the patience ended, or null
//
// Properties: answered-once, answered-right, shown-right, one-token-outcome, not-lost, one-place, one-owner, no-stale-write,
// one-visible-report, counted, files-match, no-orphans, followed, alive, settled; `replay` says that the history itself is wrong.
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Walk } from './checker/walk.mjs'
import { checkRemains } from './checker/remains.mjs'
import { checkRequests } from './checker/requests.mjs'

export function check(history) {
  const walk = new Walk(history.final.prefix)
  const report = (property, text) => walk.violation(property, text)
  walk.run(history.effects)
  checkRequests(history, walk, report)
  checkRemains(history, walk, report)
  if (history.unsettled) report('settled', history.unsettled)
  return walk.violations
}

// Numbers of a run, for its summary.
export function count(history) {
  const walk = new Walk(history.final.prefix).run(history.effects)
  const outcomes = {}
  for (const job of walk.jobs.values()) {
    for (const { outcome } of job.endings) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const codes = {}
  for (const { fields } of walk.answers) {
    const code = fields.Replayed === '1' ? 'Replayed' : fields.Code
    codes[code] = (codes[code] ?? 0) + 1
  }
  return { requests: walk.entries.length, jobs: walk.jobs.size, steps: history.effects.length, codes, outcomes }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const history = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  const violations = check(history)
  for (const { property, text } of violations) console.log(`${property}: ${text}`)
  console.log(JSON.stringify(count(history)))
  process.exitCode = violations.length > 0 ? 1 : 0
}
