// SPDX-License-Identifier: MIT
//
// Checks a log against what SARIF 2.1.0 (OASIS Standard, 2020-03-27) demands of the objects that packreport writes; the
// numbers are its sections. A property that is not named here is an error, so that what is written stays what is checked.
import assert from 'node:assert/strict'

const LEVELS = ['none', 'note', 'warning', 'error'] // 3.27.10

const string = value => typeof value === 'string'
const number = minimum => value => Number.isInteger(value) && value >= minimum
const oneOf = values => value => values.includes(value)

// An object with these properties, those with a ? optional.
function object(value, where, properties) {
  assert.ok(value !== null && typeof value === 'object' && !Array.isArray(value), `${where} is an object`)
  const names = Object.keys(properties).map(name => name.replace('?', ''))
  for (const name of Object.keys(value)) assert.ok(names.includes(name), `${where} has ${name}`)
  for (const [key, check] of Object.entries(properties)) {
    const name = key.replace('?', '')
    if (!(name in value)) {
      assert.ok(key.endsWith('?'), `${where} has no ${name}`)
    } else if (check.length === 2) {
      check(value[name], `${where}.${name}`)
    } else {
      assert.ok(check(value[name]), `${where}.${name}: ${JSON.stringify(value[name])}`)
    }
  }
}

const list = check => (value, where) => {
  assert.ok(Array.isArray(value), `${where} is an array`)
  value.forEach((element, index) => check(element, `${where}[${index}]`))
}
const of = properties => (value, where) => object(value, where, properties)

const message = of({ text: string }) // 3.11: text or id
const multiformat = of({ text: string }) // 3.12.3

// 3.4: a URI reference (RFC 3986).
function uri(value, where) {
  assert.match(value, /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/, where)
  assert.doesNotMatch(value, /%(?![0-9A-Fa-f]{2})/, where)
  assert.ok(new URL(value, 'file:///base/'), where)
}

// 3.30: lines and columns from 1, the end not before the begin.
function region(value, where) {
  object(value, where, { startLine: number(1), 'startColumn?': number(1), 'endLine?': number(1), 'endColumn?': number(1) })
  const { startLine, startColumn = 1, endLine = startLine, endColumn = startColumn } = value
  assert.ok(endLine > startLine || (endLine === startLine && endColumn >= startColumn), `${where} ends before it begins`)
}

const location = of({ // 3.28
  physicalLocation: of({ artifactLocation: of({ uri }), 'region?': region }), // 3.29, 3.4
  'logicalLocations?': list(of({ fullyQualifiedName: string })), // 3.33
})

const rule = of({ // 3.49
  id: string, 'shortDescription?': multiformat, 'help?': multiformat, 'defaultConfiguration?': of({ level: oneOf(LEVELS) }),
})

const result = of({ // 3.27
  ruleId: string, ruleIndex: number(0), level: oneOf(LEVELS), message, 'locations?': list(location),
  partialFingerprints: (value, where) => { // 3.27.17
    for (const [name, digest] of Object.entries(value)) {
      assert.match(name, /^[A-Za-z]+\/v\d+$/, where)
      assert.match(digest, /^[0-9a-f]{64}$/, where)
    }
  },
})

export function assertSarif(log) {
  object(log, 'log', { // 3.13
    $schema: value => /^https:\/\/.*sarif.*2\.1\.0.*\.json$/.test(value),
    version: oneOf(['2.1.0']),
    runs: list(of({ // 3.14
      tool: of({ driver: of({ name: string, version: string, rules: list(rule) }) }), // 3.18, 3.19
      columnKind: oneOf(['utf16CodeUnits', 'unicodeCodePoints']),
      results: list(result),
    })),
  })
  for (const run of log.runs) {
    const ids = run.tool.driver.rules.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length, 'rules have ids of their own (3.49.3)')
    for (const { ruleId, ruleIndex } of run.results) assert.equal(ids[ruleIndex], ruleId, 'ruleIndex is that of ruleId (3.27.6)')
  }
}
