// The ledger as operators read it: how many copies the files of each class have now.
import * as z from 'zod'
import { DomainName, Name } from '../ids.ts'

const Count = { files: z.number(), bytes: z.number() }

/** Files with so many copies on devices that are not dead, on so many hosts. */
export const CopiesCount = z.object({
  copies: z.int(),
  hosts: z.int(),
  ...Count,
  /** Since when the longest of them has been so; null: within the last second or two. */
  sinceMs: z.number().nullable(),
})
export type CopiesCount = z.infer<typeof CopiesCount>

export const ClassDurability = z.object({
  domain: DomainName,
  class: Name,
  /** What the class asks for. */
  copies: z.int(),
  ...Count,
  /** Files with fewer copies than that, and those with none. */
  short: z.number(),
  lost: z.number(),
  /** Files of which no copy can be read now: their hosts are down, silent or dead. */
  unreadable: z.number(),
  byCopies: z.array(CopiesCount),
})
export type ClassDurability = z.infer<typeof ClassDurability>

/** Fewest copies first within a class. Healthy is when `short` and `unreadable` are 0. */
export const Durability = z.object({
  short: z.number(),
  lost: z.number(),
  unreadable: z.number(),
  classes: z.array(ClassDurability),
})
export type Durability = z.infer<typeof Durability>
