// The entry of the reading thread. What it loads, every process of an agent pays for.
import { parentPort } from 'node:worker_threads'
import { serveQuickReads } from './serve-quick-reads.ts'

if (parentPort === null) throw new Error('this runs as a thread of the agent alone')
serveQuickReads(parentPort)
