// An error as it crosses between threads: its code would be lost with its class.
import { codeOf } from '../failures.ts'

export interface Failure {
  message: string
  code: string | undefined
}

export const failureOf = (error: unknown): Failure => ({
  message: error instanceof Error ? error.message : String(error),
  code: codeOf(error),
})

export const errorOf = ({ message, code }: Failure): Error =>
  Object.assign(new Error(message), code !== undefined && { code })
