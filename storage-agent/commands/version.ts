// `mog-agent --version`
import { VERSION } from '../version.ts'

export const tellVersion = (): void => void process.stdout.write(`mog-agent ${VERSION}\n`)
