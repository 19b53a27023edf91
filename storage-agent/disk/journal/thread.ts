// The entry of a journal's thread. What it loads, every device pays for (journal-thread.test.ts).
import { parentPort } from 'node:worker_threads'
import { serveWriter } from './serve-writer.ts'

if (parentPort === null) throw new Error('this runs as a thread of the agent alone')
serveWriter(parentPort)
