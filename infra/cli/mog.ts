#!/usr/bin/env node
// `mog <noun> <verb>`: the cluster in an operator's hands. All of it is runMog, as tests call it.
import { runMog } from './run-mog.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort()) // a second ^C ends us as ever
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0) // `mog ls | head` has seen enough
})

process.exitCode = await runMog(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupted.signal,
})
