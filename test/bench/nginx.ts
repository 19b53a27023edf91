// nginx, with one worker unless told, as the reference for moving bytes: an ordinary child on
// loopback, with a configuration of ours and everything that it writes below one directory.
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild } from '#infra/dev/child.ts'
import { findFreePort, LOOPBACK } from '#infra/dev/loopback.ts'

export interface Nginx extends AsyncDisposable {
  port: number
  pid: number
}

/** What stands in the table then. */
export const ABSENT = 'nginx: not installed (apt-get install nginx-light)'

const READY_TIMEOUT_MS = 10_000
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Undefined where nginx is not installed. `root` is what it serves and where PUT goes to. */
export async function startNginx(
  dir: string,
  root: string,
  workers = 1,
): Promise<Nginx | undefined> {
  if (!isInstalled()) return undefined
  const own = join(dir, 'nginx')
  await mkdir(own, { recursive: true })
  await mkdir(root, { recursive: true })
  const port = await findFreePort()
  const file = join(own, 'nginx.conf')
  await writeFile(file, configuration({ own, root, port, workers }))
  const child = await startChild({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', own, '-c', file, '-e', 'stderr'],
    stopSignal: 'SIGTERM',
    deathSignal: 'SIGTERM', // to the master, which takes its worker along
    ready: (line) => (line.includes('start worker process ') ? true : undefined),
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  const stop = async () => void (await child.stop())
  return { port, pid: child.pid, [Symbol.asyncDispose]: stop }
}

function isInstalled(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

interface Places {
  own: string
  root: string
  port: number
  workers: number
}

/** Without a log, and without an end to a kept connection. PUT syncs nothing: nginx never does. */
const configuration = ({ own, root, port, workers }: Places) => `
daemon off;
worker_processes ${workers};
pid ${own}/nginx.pid;
error_log stderr notice;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_max_body_size 0;
${temporary.map((name) => `  ${name}_temp_path ${own}/${name};`).join('\n')}
  server {
    listen ${LOOPBACK}:${port};
    root ${root};
    location / {
      dav_methods PUT;
      create_full_put_path on;
    }
  }
}
`
