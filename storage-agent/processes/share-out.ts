// Which listening sockets, of those that were inherited, each process listens at: every socket has
// a process, and every process a socket. Pure.

/** Their numbers, for one of so many processes; none where there are none. */
export function shareOut(sockets: number, process: number, processes: number): number[] {
  const turns = Array.from({ length: Math.max(sockets, processes) }, (_, turn) => turn)
  const ours = turns.filter((turn) => turn % processes === process).map((turn) => turn % sockets)
  return sockets === 0 ? [] : [...new Set(ours)]
}
