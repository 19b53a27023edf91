// The agent's own certificate: read at the start, and again when its files have changed. A pair
// that does not fit is not taken: the one before goes on, and the event says why.
import { readFile, stat } from 'node:fs/promises'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import { CERTIFICATE_CHECK_MS } from '../limits.ts'

export interface CertificateFiles {
  /** PEM: the certificate, and those between it and the root. */
  certFile: string
  keyFile: string
}

export interface Certificate {
  cert: Buffer
  key: Buffer
  /** Of the files, before they were read: what changed meanwhile is read again. */
  state: string
}

/** Throws where the key is not that of the certificate. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const state = await stateOf(files)
  const [cert, key] = await Promise.all([readFile(files.certFile), readFile(files.keyFile)])
  createSecureContext({ cert, key })
  return { cert, key, state }
}

interface Following {
  /** Of the files, when they were read. */
  state: string
  clock: Clock
  events: Events
  signal: AbortSignal
}

/**
 * Until the signal aborts. Connections that are open keep the certificate they began with. Looks at
 * the files' times, because whoever renews them replaces files, links or their directory.
 */
export async function followCertificate(
  server: Server,
  files: CertificateFiles,
  { state, clock, events, signal }: Following,
): Promise<void> {
  const isOver = () => signal.aborted
  let taken = state
  for (; !isOver(); await clock.sleep(CERTIFICATE_CHECK_MS, signal)) {
    const found = await stateOf(files)
    if (isOver() || found === taken) continue
    taken = found
    try {
      server.setSecureContext(await readCertificate(files))
      events.emit('info', 'certificate.reloaded', { certFile: files.certFile })
    } catch (error) {
      events.emit('error', 'certificate.refused', { ...files, ...errorFacts(error) })
    }
  }
}

/** Changes when a file does; a file that is away for a moment has a state, too. */
async function stateOf({ certFile, keyFile }: CertificateFiles): Promise<string> {
  const states = [certFile, keyFile].map(async (file) => {
    try {
      const { ino, mtimeMs, size } = await stat(file)
      return `${ino} ${mtimeMs} ${size}`
    } catch {
      return 'absent'
    }
  })
  return (await Promise.all(states)).join(', ')
}
