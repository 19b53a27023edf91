// What is told of how safe the files are: the ledger, by class. Pure.
import { type Family, ofEach } from '#shared/metrics/exposition.ts'
import type { ClassDurability } from '#shared/wire/durability.ts'

const labelsOf = ({ domain, class: name }: ClassDurability) => ({ domain, class: name })

export function durabilityFamilies(classes: readonly ClassDurability[]): Family[] {
  const perClass = ofEach('gauge', classes, labelsOf)
  const lying = classes.flatMap((each) => each.byCopies.map((count) => ({ each, ...count })))
  const perCopies = ofEach('gauge', lying, ({ each, copies, hosts }) => ({
    ...labelsOf(each),
    copies,
    hosts,
  }))
  return [
    perClass('mog_cluster_files', 'Files of the class.', ({ files }) => files),
    perClass('mog_cluster_file_bytes', 'Their bytes, each counted once.', ({ bytes }) => bytes),
    perClass(
      'mog_cluster_files_short',
      'Of these, those with fewer copies than asked for.',
      (one) => {
        return one.short
      },
    ),
    perClass('mog_cluster_files_lost', 'Those without any copy.', ({ lost }) => lost),
    perClass('mog_cluster_files_unreadable', 'Those of which no copy can be read now.', (one) => {
      return one.unreadable
    }),
    perCopies(
      'mog_cluster_files_by_copies',
      'Files with so many live copies, on so many hosts.',
      (one) => {
        return one.files
      },
    ),
  ]
}
