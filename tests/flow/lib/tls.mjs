// SPDX-License-Identifier: MIT
//
// Whether the programs under test have TLS to Redis, and authorities that make certificates for the tests, with OpenSSL's own
// program (3.4 or newer, for -not_after).
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { BUILD } from './harness.mjs'

export const VERSION = spawnSync(path.join(BUILD, 'packreportd'), ['--version'], { encoding: 'utf8' }).stdout
export const HAS_TLS = /^TLS to Redis: yes/m.test(VERSION)
// For the `skip` of a test that needs it.
export const NO_TLS = HAS_TLS ? false : `this build has no TLS to Redis: ${VERSION.split('\n')[1]}`

function openssl(...args) {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
}

// An authority whose files lie in the world's folder `name`: `ca` is its certificate.
export class Authority {
  constructor(world, name) {
    this.world = world
    this.name = name
    this.ca = world.write(`${name}/ca.pem`, '')
    this.caKey = world.path(name, 'ca.key')
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
      '-addext', 'basicConstraints=critical,CA:true', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', this.caKey, '-out', this.ca)
  }

  // A certificate with its key, for `names` as a subjectAltName has them. `dates`: further options of `openssl x509`.
  issue(name, { names = 'DNS:localhost,IP:127.0.0.1', dates = ['-days', '2'] } = {}) {
    const file = end => this.world.path(this.name, `${name}.${end}`)
    const extensions = this.world.write(`${this.name}/${name}.ext`, `basicConstraints=CA:false\nsubjectAltName=${names}\n`)
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'))
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.ca, '-CAkey', this.caKey, '-CAcreateserial', '-extfile', extensions, ...dates, '-out', file('pem'))
    return { cert: file('pem'), key: file('key') }
  }
}

// Arguments of a redis-server that listens on `port` with TLS, and on no other port.
export function tlsArgs(port, { cert, key }, { clients = 'no', ca } = {}) {
  return ['--tls-port', String(port), '--bind', '127.0.0.1', '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', clients,
    ...(ca ? ['--tls-ca-cert-file', ca] : [])]
}
