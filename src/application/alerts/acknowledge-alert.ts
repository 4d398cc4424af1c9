import { err, ok, type Result } from 'neverthrow'
import type { Alert } from '../../domain/alert.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../transaction.ts'

export type AlertNotFound = { readonly code: 'NOT_FOUND' }

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** Notes that a person has seen an alert and looks after it; one that is acknowledged keeps its first note. */
export const acknowledgeAlert =
  ({ transaction, clock, ids }: Deps) =>
  (alertId: string, note: string | undefined, operator: Operator): Promise<Result<Alert, AlertNotFound>> =>
    transaction.run(async ({ alerts, audit }): Promise<Result<Alert, AlertNotFound>> => {
      const at = clock.now()
      const acknowledged = await alerts.acknowledge(alertId, { by: operator.actor, note, at })
      if (acknowledged === undefined) return err({ code: 'NOT_FOUND' })
      const { before, after } = acknowledged
      if (after === before) return ok(before)
      const entry = { action: 'alert.acknowledge', subject: alertId, reason: note, before, after }
      await audit.append({ ...operator, ...entry, id: ids.entity(), at })
      return ok(after)
    })
