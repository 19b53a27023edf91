// `mog-agent inventory`: what the disks hold, on stdout, for `mog rebuild load`.
import { DEFAULT_ROOT } from '../config.ts'
import { tellInventory } from '../inventory.ts'

export async function inventory(
  values: { root?: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const told = await tellInventory(values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT, process.stdout)
  for (const { deviceId, files } of told)
    process.stderr.write(`mog-agent: device ${deviceId}: ${files} files\n`)
}
