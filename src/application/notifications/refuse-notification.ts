import { ok, type Result } from 'neverthrow'
import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { NotificationError, RawNotification } from '../payments/payment-gateway.ts'
import type { Repositories, Transaction } from '../transaction.ts'
import type { HandledNotification } from './handle-notification.ts'
import { notificationRecord } from './notification-log.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** A signed message that can't be used is an anomaly and is kept; an unsigned one leaves no trace in the store. */
export const refuseNotification = async (
  deps: Deps,
  provider: Provider,
  raw: RawNotification,
  error: NotificationError,
): Promise<HandledNotification> => {
  switch (error.code) {
    case 'SIGNATURE_INVALID':
      return { verdict: 'refused', reason: error.reason }
    case 'NOTIFICATION_UNREADABLE': {
      const { signed, reason } = error
      if (signed) await keepUnreadable(deps, provider, raw)
      return { verdict: 'unreadable', signed, reason }
    }
    case 'FOREIGN_IDENTITY':
      await keepForeign(deps, provider, raw, error)
      return { verdict: 'foreign_identity', outTradeNo: error.outTradeNo }
  }
}

const keepUnreadable = (deps: Deps, provider: Provider, raw: RawNotification): Promise<unknown> => {
  const notificationId = deps.ids.entity() // Its own number can't be read.
  const facts = { notificationId, outTradeNo: undefined, orderId: undefined, eventAt: undefined }
  return deps.transaction.run(
    async ({ notifications }): Promise<Result<boolean, never>> =>
      ok(
        await notifications.insert(
          notificationRecord(deps, provider, raw, { ...facts, kind: 'other', verdict: 'unreadable' }),
        ),
      ),
  )
}

const keepForeign = (deps: Deps, provider: Provider, raw: RawNotification, error: Foreign): Promise<unknown> =>
  deps.transaction.run(async (repositories): Promise<Result<void, never>> => {
    const { notificationId, outTradeNo } = error
    const facts = { notificationId, outTradeNo, orderId: undefined, eventAt: undefined }
    await repositories.notifications.insert(
      notificationRecord(deps, provider, raw, { ...facts, kind: 'payment', verdict: 'foreign_identity' }),
    )
    return ok(await reportForeign(deps, repositories, provider, error))
  })

type Foreign = Extract<NotificationError, { code: 'FOREIGN_IDENTITY' }>

/** A message that is genuine and another merchant's needs a person. */
export const reportForeign = (
  { ids, clock }: Pick<Deps, 'ids' | 'clock'>,
  { incidents }: Pick<Repositories, 'incidents'>,
  provider: Provider,
  { notificationId, outTradeNo, identity }: Foreign,
): Promise<void> =>
  incidents.report({
    id: ids.entity(),
    kind: 'foreign_identity',
    provider,
    outTradeNo,
    orderId: undefined,
    evidence: { merchantId: identity.merchantId, appId: identity.appId },
    subject: outTradeNo ?? notificationId,
    at: clock.now(),
  })
