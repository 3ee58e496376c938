// SPDX-License-Identifier: MIT
//
// The front door for tests: where it listens, plain requests, and signatures of our own making (the vendor's clients make
// theirs in api_clients.test.mjs).
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { ACCOUNT, eventually, logLines } from './harness.mjs'

export const VERSION = '2020-09-07'
// A RequestId.
export const UUID = /^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/
export const KEY = { id: 'LTAI-test-key', secret: 'a-secret-of-the-test', account: ACCOUNT }

// Settings of a door without keys, and of one with `keys` in the world's credentials folder.
export const openDoor = { 'api.listen': '127.0.0.1:0' }

export function signedDoor(world, keys = [{}]) {
  const accessKeys = keys.map(({ id = KEY.id, secrets = [KEY.secret], account = KEY.account, ...more }) =>
    ({ AccessKeyId: id, AccountId: account, secrets, ...more }))
  writeKeys(world, accessKeys)
  return { ...openDoor, 'api.keys': 'access-keys', 'credentials.path': world.path('credentials') }
}

export function writeKeys(world, accessKeys) {
  world.writePrivate('credentials/access-keys', JSON.stringify({ accessKeys }))
}

export async function addressOf(daemon) {
  const line = await eventually('the door listens', () => logLines(daemon).find(line => line.event === 'api.listening'))
  return line.address
}

export function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

export const form = parameters => Object.entries(parameters).map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')

// For http and net: a Unix socket, IPv6 loopback, or IPv4 loopback whatever the address.
export function targetOf(address) {
  if (address.startsWith('/')) return { socketPath: address, path: address }
  return { host: address.startsWith('[::1]:') ? '::1' : '127.0.0.1', port: Number(address.slice(address.lastIndexOf(':') + 1)) }
}

// One request; the answer with its body as text, and as JSON where it is. Without an `agent` on a connection of its own.
export function send(address, { method = 'GET', path = '/', headers = {}, body, agent = false, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ ...targetOf(address), method, path, headers, agent, signal }, response => {
      const chunks = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString()
        let json
        try { json = JSON.parse(text) } catch { json = undefined }
        resolve({ status: response.statusCode, headers: response.headers, bytes, text, json })
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

// An operation without a signature, its parameters in the query.
export function ask(address, action, parameters = {}, options = {}) {
  return send(address, { path: `/?${form({ Action: action, Version: VERSION, AccountId: ACCOUNT, ...parameters })}`, ...options })
}

export const generate = (address, pack, parameters) => ask(address, 'GenerateCompliancePackReport', { CompliancePackId: pack, ...parameters })
export const get = (address, pack, parameters, options) => ask(address, 'GetCompliancePackReport', { CompliancePackId: pack, ...parameters }, options)

export function reportOverHttp(address, pack) {
  return eventually(`the report of ${pack} is COMPLETE`, async () => {
    const { json } = await get(address, pack)
    return json.CompliancePackReport?.ReportStatus === 'COMPLETE' ? json.CompliancePackReport : null
  })
}

// Asserts an error in the vendor's form.
export function expectError(answer, status, code, message = /./) {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.json.Code, code, answer.text)
  assert.match(answer.json.Message, message)
  assert.match(answer.json.RequestId, UUID)
  assert.match(answer.json.HostId, /^127\.0\.0\.1:\d+$/)
  assert.ok(answer.json.Recommend.includes(code), answer.text)
}

// ---- signatures

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const canonical = parameters => Object.keys(parameters).sort()
  .map(name => `${encode(name)}=${encode(parameters[name])}`).join('&')

// A request signed by v1: `change` may alter it before it is signed, `spoil` afterwards.
export function signedV1({ method = 'GET', action, parameters = {}, key = KEY, inBody = false, change = x => x, spoil = x => x }) {
  const common = {
    Action: action, Version: VERSION, Format: 'JSON', AccessKeyId: key.id, SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0',
    SignatureNonce: crypto.randomUUID(), Timestamp: now(), ...(key.token ? { SecurityToken: key.token } : {}),
  }
  const all = change({ ...common, ...parameters })
  const text = `${method}&%2F&${encode(canonical(all))}`
  all.Signature = crypto.createHmac('sha1', `${key.secret}&`).update(text).digest('base64')
  return spoil(inBody
    ? { method: 'POST', path: '/', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form(all) }
    : { method, path: `/?${form(all)}` })
}

export function signedV3({ method = 'POST', action, query = {}, body = '', host, key = KEY, headers = {}, spoil = x => x }) {
  const all = {
    host, 'x-acs-action': action, 'x-acs-version': VERSION, 'x-acs-date': now(), 'x-acs-signature-nonce': crypto.randomUUID(),
    'x-acs-content-sha256': crypto.createHash('sha256').update(body).digest('hex'),
    ...(body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    ...(key.token ? { 'x-acs-security-token': key.token } : {}), ...headers,
  }
  const names = Object.keys(all).filter(name => name === 'host' || name === 'content-type' || name.startsWith('x-acs-')).sort()
  const request = [method, '/', canonical(query), names.map(name => `${name}:${all[name].trim()}\n`).join(''), names.join(';'),
    all['x-acs-content-sha256']].join('\n')
  const text = `ACS3-HMAC-SHA256\n${crypto.createHash('sha256').update(request).digest('hex')}`
  const signature = crypto.createHmac('sha256', key.secret).update(text).digest('hex')
  all.authorization = `ACS3-HMAC-SHA256 Credential=${key.id},SignedHeaders=${names.join(';')},Signature=${signature}`
  const search = form(query)
  return spoil({ method, path: search ? `/?${search}` : '/', headers: all, body })
}

// ---- bytes

// Sends bytes as they are and reads until the server closes the connection, or `until` is in what came.
export function sendBytes(address, pieces, { until, onText = () => {}, deadlineMs = 20000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(targetOf(address))
    let text = ''
    let timer
    const end = isClosed => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, isClosed, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0) })
    }
    timer = setTimeout(() => end(false), deadlineMs)
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      onText(text)
      if (until && text.includes(until)) end(false)
    })
    socket.on('close', () => end(true))
    socket.on('error', error => { if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error) })
    socket.on('connect', () => { for (const piece of [].concat(pieces)) socket.write(piece) })
  })
}
