import { err, ok, type Result } from 'neverthrow'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../transaction.ts'
import type { NotificationRecord } from './notification-log.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** One message with its headers and body; they tell of the payer, so that they were read is on record. */
export const openNotification =
  ({ transaction, clock, ids }: Deps) =>
  (id: string, operator: Operator): Promise<Result<NotificationRecord, { readonly code: 'NOT_FOUND' }>> =>
    transaction.run(async ({ notifications, audit }) => {
      const record = await notifications.find(id)
      if (record === undefined) return err({ code: 'NOT_FOUND' } as const)
      const { provider, outTradeNo, verdict } = record
      const entry = {
        action: 'notification.open',
        subject: id,
        before: undefined,
        after: { provider, outTradeNo, verdict },
      }
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(record)
    })
