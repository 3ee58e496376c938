// SPDX-License-Identifier: MIT
//
// The texts that packreport keeps in Redis, as docs/redis.md has them: the record of a job, its history, the report of a pack.
const JOB_FIELDS = ['fence', 'attempts', 'crashes', 'flags', 'owner', 'started_at', 'step', 'done', 'total', 'tag', 'accepted_at',
  'account', 'pack', 'request_id', 'language', 'deadline', 'token']
const STATE_FIELDS = ['status', 'fence', 'report_id', 'accepted_at', 'ended_at', 'token', 'code']

const named = (names, text) => Object.fromEntries(text.split('|').map((part, n) => [names[n], part]))

export const recordOf = text => named(JOB_FIELDS, text)

// How the last attempt of a job ended: the fields of its record then, and outcome, worker, step, ended_at, location.
export function endingOf(history) {
  const [first, ...lines] = history.split('\n')
  const [, outcome, endedAt, step, record] = first.match(/^([^|]*)\|([^|]*)\|([^|]*)\|(.*)$/) ?? []
  const job = recordOf(record ?? '')
  const location = lines.find(line => line.startsWith('location '))?.slice('location '.length) ?? ''
  return { ...job, outcome, step, ended_at: endedAt, worker: job.owner, location }
}

// Of a text that is none all is undefined.
export function reportOf(text) {
  const [state, message, complete, location] = (text ?? '').split('\n')
  if (location === undefined) return {}
  const [completeId, completeAt] = complete.split('|')
  return { ...named(STATE_FIELDS, state), message, complete_report_id: completeId, complete_at: completeAt, location }
}
