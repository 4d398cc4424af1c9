import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import { activateCode } from '../application/access-codes/activate-code.ts'
import { expireCodes } from '../application/access-codes/expire-codes.ts'
import { exportCodes } from '../application/access-codes/export-codes.ts'
import { finishBatches } from '../application/access-codes/finish-batches.ts'
import { makeCodes } from '../application/access-codes/make-codes.ts'
import { revokeCode } from '../application/access-codes/revoke-code.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Transaction } from '../application/transaction.ts'
import { tokens } from './tokens.ts'

/** Making, using and ending access codes. */
export const bindAccessCodes = (container: Container): void => {
  container
    .bind(tokens.activateCode)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids) => activateCode({ transaction, readers, clock, ids }),
      [tokens.store, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.makeCodes)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids, randomness: Randomness) =>
        makeCodes({ transaction, clock, ids, randomness }),
      [tokens.transaction, tokens.clock, tokens.ids, tokens.randomness],
    )
  container
    .bind(tokens.revokeCode)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => revokeCode({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.exportCodes)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids) => exportCodes({ transaction, readers, clock, ids }),
      [tokens.store, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.expireCodes)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock) => expireCodes({ transaction, readers, clock }),
      [tokens.store, tokens.clock],
    )
  container
    .bind(tokens.finishBatches)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids, randomness: Randomness) =>
        finishBatches({ transaction, readers, clock, ids, randomness }),
      [tokens.store, tokens.clock, tokens.ids, tokens.randomness],
    )
}
