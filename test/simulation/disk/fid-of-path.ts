// Which fid a file below a device's root is, by its final name.

export function fidOfPath(path: string): number | undefined {
  const digits = /^\/\d\/\d{3}\/\d{3}\/(\d{10})\.fid$/.exec(path)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
