// What a running verb holds: its arguments, the cluster, and how to speak.
import type { AdminClient } from '#shared/client/admin.ts'
import type { DomainClient } from '#shared/client/domain.ts'
import { complaintJson, complaintOf, complaintText } from './complaint.ts'
import { adminOf, domainOf, type Flags, readConfig } from './config.ts'
import { type Io, write } from './io.ts'
import { type ProgressBar, type ProgressOptions, progressBar } from './progress-bar.ts'
import { printable } from './table.ts'

type Work = Pick<ProgressOptions, 'label' | 'total' | 'unit'>

export class Context<Values> {
  readonly values: Values
  readonly flags: Flags
  readonly args: readonly string[]
  readonly io: Io
  /** How many of several things failed. */
  failures = 0
  #bar: ProgressBar | undefined

  constructor(given: { values: Values; flags: Flags; args: readonly string[] }, io: Io) {
    this.values = given.values
    this.flags = given.flags
    this.args = given.args
    this.io = io
  }

  async domain(): Promise<DomainClient> {
    return domainOf(await readConfig(this.flags, this.io))
  }

  async admin(): Promise<AdminClient> {
    return adminOf(await readConfig(this.flags, this.io))
  }

  /** Of the trackers, as they were given. */
  readonly urls = async (): Promise<readonly string[]> =>
    (await readConfig(this.flags, this.io)).urls

  /** Something that people may like to know, beside the answer. */
  note(text: string): void {
    this.hideProgress()
    if (!this.flags.json) this.io.stderr.write(`mog: ${printable(text)}\n`)
  }

  /** A document for --json, and the same for people. */
  async say(document: unknown, human: string): Promise<void> {
    this.hideProgress()
    await write(this.io.stdout, `${this.flags.json ? JSON.stringify(document) : human}\n`)
  }

  /** One of several things failed: it is told now, and the exit code will be 1. */
  fail(error: unknown, subject?: string): void {
    this.failures += 1
    this.hideProgress()
    const complaint = complaintOf(error, subject)
    this.io.stderr.write(this.flags.json ? complaintJson(complaint) : complaintText(complaint))
  }

  hideProgress(): void {
    this.#bar?.hide()
  }

  /** Drawn on a terminal alone: a script's log is not the place for it. */
  progress(work: Work): ProgressBar | undefined {
    const stream = this.io.stderr
    this.#bar = stream.isTTY === true ? progressBar({ ...work, stream }) : undefined
    return this.#bar
  }
}
