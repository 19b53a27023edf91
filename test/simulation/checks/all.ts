// Every checker, anew for each story: some remember what they saw.
import { bytesAreTheirs } from './bytes-are-theirs.ts'
import type { Check } from './check.ts'
import { copiesNeverSink } from './copies-never-sink.ts'
import { fidsNeverChange } from './fids-never-change.ts'
import { forgetsWhatIsGone } from './forgets-what-is-gone.ts'
import { historyHolds } from './history-holds.ts'
import { keysHaveReplicas } from './keys-have-replicas.ts'
import { ledgerIsRight } from './ledger-is-right.ts'
import { noByteIsUnknown } from './no-byte-is-unknown.ts'
import { nothingIsLost } from './nothing-is-lost.ts'
import { nothingParks } from './nothing-parks.ts'
import { queuesRunDry } from './queues-run-dry.ts'
import { readersAgree } from './readers-agree.ts'
import { replicasAreOnDisk } from './replicas-are-on-disk.ts'

/** Hold whenever no transaction is open. */
export const checksAlways = (): Check[] => [
  keysHaveReplicas(),
  replicasAreOnDisk(),
  nothingIsLost(),
  forgetsWhatIsGone(),
  fidsNeverChange(),
  copiesNeverSink(),
  ledgerIsRight(),
  historyHolds(),
  bytesAreTheirs(),
]

/** Hold once everything was healed and has come to rest. */
export const checksAtTheEnd = (): Check[] => [
  nothingParks(),
  noByteIsUnknown(),
  queuesRunDry(),
  readersAgree(),
]
