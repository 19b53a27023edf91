// Small files of our own (agent.json, a device's identity): replaced whole and durably, so that a
// crash leaves the old or the new one.
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const next = `${path}.next`
  const file = await open(next, 'w', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  await syncDirectory(dirname(path))
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
