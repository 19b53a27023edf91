// Certificates for a test, made by openssl: for localhost, self-signed, good for a day.
import { execFile } from 'node:child_process'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CertificateFiles } from '#agent/http/certificate.ts'

export interface MadeCertificate extends CertificateFiles {
  /** To trust it by. */
  ca: string
}

/** Replaces both files whole, as those who renew certificates do. */
export async function makeCertificate(dir: string): Promise<MadeCertificate> {
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', `${keyFile}.new`, '-out', `${certFile}.new`]
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...names, ...files])
  await rename(`${keyFile}.new`, keyFile)
  await rename(`${certFile}.new`, certFile)
  return { certFile, keyFile, ca: await readFile(certFile, 'utf8') }
}
