/** Ends the process though a disk hangs: `exit` waits for each thread that waits for the disk. */
export const giveUpAfter = (ms: number): NodeJS.Timeout =>
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref()
