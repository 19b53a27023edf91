// `node:timers/promises` for simulated processes.
import { sleep } from './timers.ts'

export { sleep as setTimeout }
