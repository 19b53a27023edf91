// Answers one question of the side channel. `-1` says that the file is not there, and a tracker of
// MogileFS forgets the copy then: it is said where the disk itself has said so, and nowhere else.
import type { ChecksumKind, DeviceId } from '#shared/ids.ts'
import { Problem } from '#shared/problems.ts'
import { checksumOfFile } from '../disk/checksum.ts'
import type { Devices } from '../disk/devices.ts'
import { findFile } from '../disk/read.ts'
import { Turns } from '../disk/turns.ts'
import type { Question } from './question.ts'

/** Thrown: this cannot be answered truthfully, so nothing is. The connection is cut. */
export class Unanswerable extends Error {
  override readonly name = 'Unanswerable'
}

export class Answers {
  readonly #devices: Devices
  /** One file of a disk is hashed at a time, whoever asks. */
  readonly #hashing = new Turns<DeviceId>()

  constructor(devices: Devices) {
    this.#devices = devices
  }

  /** The line without its end. */
  async answer(question: Exclude<Question, { ask: 'watch' }>): Promise<string | undefined> {
    if (question.ask === 'nothing') return undefined
    if (question.ask === 'unknown') return 'ERROR unknown command'
    const { ask, path } = question
    if (ask === 'size') return `${path} ${(await this.#size(question)) ?? -1}`
    return `${path} ${ask}=${(await this.#sum(question, ask)) ?? -1}`
  }

  async #size({ place }: Asked): Promise<number | undefined> {
    if (place === undefined) return undefined // no file can have such a path
    const found = await this.#find(place)
    await found?.open?.[Symbol.asyncDispose]()
    return found?.bytes
  }

  async #sum({ place }: Asked, kind: ChecksumKind): Promise<string | undefined> {
    if (place === undefined) return undefined
    return this.#hashing.run(place.deviceId, async () => {
      const found = await this.#find(place)
      if (found === undefined) return undefined
      await using _ = found.open
      return (await checksumOfFile(found, kind)).slice(kind.length + 1)
    })
  }

  async #find({ deviceId, fid }: NonNullable<Asked['place']>) {
    try {
      return await findFile(this.#devices.get(deviceId), fid)
    } catch (error) {
      throw error instanceof Problem ? new Unanswerable(error.message) : error
    }
  }
}

type Asked = Extract<Question, { path: string }>
