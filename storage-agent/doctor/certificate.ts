// The agent's own certificate: does it fit its key and its name, and for how long?
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type CertificateFiles, readCertificate } from '../http/certificate.ts'
import { doubtful, type Finding, reasonOf, well, wrong } from './finding.ts'

const DAY_MS = 24 * 3_600_000
const SOON_DAYS = 14

export async function judgeCertificate(
  files: CertificateFiles,
  publicUrl: string | undefined,
  nowMs: number,
): Promise<Finding[]> {
  try {
    const { cert } = await readCertificate(files)
    return judge(new X509Certificate(cert), publicUrl, nowMs)
  } catch (error) {
    const remedy = 'MOG_TLS_CERT and MOG_TLS_KEY must be a pair in PEM that the agent may read'
    return [wrong('certificate', reasonOf(error), remedy)]
  }
}

function judge(cert: X509Certificate, publicUrl: string | undefined, nowMs: number): Finding[] {
  const days = Math.floor((cert.validToDate.getTime() - nowMs) / DAY_MS)
  const host = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
  const isFor = host === undefined || isNameOf(cert, host)
  const renew = 'renew it: the agent takes the new one by itself'
  if (days < 0) return [wrong('certificate', `has expired ${cert.validTo}`, renew)]
  if (!isFor)
    return [
      wrong(
        'certificate',
        `is not for ${host}`,
        'MOG_PUBLIC_URL must have a name of the certificate',
      ),
    ]
  if (days < SOON_DAYS) return [doubtful('certificate', `expires in ${days} days`, renew)]
  return [well('certificate', `is good for ${days} days`)]
}

/** As in a URL: an IPv6 address stands in brackets. */
function isNameOf(cert: X509Certificate, hostname: string): boolean {
  const host = hostname.replaceAll(/[[\]]/g, '')
  return (isIP(host) === 0 ? cert.checkHost(host) : cert.checkIP(host)) !== undefined
}
