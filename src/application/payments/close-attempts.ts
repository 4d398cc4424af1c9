import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { endPayment } from './end-payment.ts'
import type { FullGateway, Gateways } from './payment-gateway.ts'
import type { RefreshError, RefreshPayment } from './refresh-payment.ts'

/** `paid` where the payer was faster at one of them: what could be settled is settled then. */
export type AttemptsEnd = 'ended' | 'paid'

/** Ends open attempts at their gateways first and here second; an error leaves those that are not proven closed open. */
export type CloseAttempts = (payments: readonly Payment[], cause: Cause) => Promise<Result<AttemptsEnd, RefreshError>>

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly gateways: Gateways
  readonly refreshPayment: RefreshPayment
}

type Closed = Result<AttemptsEnd, RefreshError>

/** Fails closed: an attempt ends only where its gateway confirms it, or a query proves it. */
export const closeAttempts =
  (deps: Deps): CloseAttempts =>
  async (payments, cause) => {
    const ends = await Promise.all(payments.map((payment) => closeAttempt(deps, payment, cause)))
    const failed = ends.find((end) => end.isErr())
    const paid = ends.find((end) => end.isOk() && end.value === 'paid')
    return paid ?? failed ?? ok('ended')
  }

const closeAttempt = async (deps: Deps, payment: Payment, cause: Cause): Promise<Closed> => {
  const gateway = deps.gateways.find(payment.provider)
  if (gateway === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
  switch (await askToClose(deps, gateway, payment)) {
    case 'closed': {
      const event = { type: 'closed', at: deps.clock.now() } as const
      await deps.transaction.run((repositories) => endPayment(repositories, payment.id, event, cause))
      return endOf(deps, payment)
    }
    case 'paid': {
      const refreshed = await deps.refreshPayment(payment)
      return refreshed.isErr() ? err(refreshed.error) : ok('paid')
    }
    case 'refused': {
      const refreshed = await deps.refreshPayment(payment)
      return refreshed.isErr() ? err(refreshed.error) : endOf(deps, payment)
    }
    case 'unknown':
      return err({ code: 'GATEWAY_UNAVAILABLE' })
  }
}

const askToClose = async (
  { clock }: Deps,
  gateway: FullGateway,
  payment: Payment,
): Promise<'closed' | 'paid' | 'refused' | 'unknown'> => {
  const answer = await gateway.close(payment.outTradeNo)
  if (answer.isOk()) return answer.value === 'closed' || isOverWithoutTrade(payment, clock.now()) ? 'closed' : 'unknown'
  switch (answer.error.code) {
    case 'TRADE_CLOSED':
      return 'closed'
    case 'TRADE_ALREADY_PAID':
      return 'paid'
    case 'GATEWAY_REJECTED':
    case 'METHOD_NOT_SUPPORTED':
      return 'refused'
    case 'GATEWAY_UNAVAILABLE':
      return 'unknown'
  }
}

/**
 * What a gateway's "no such trade" means. Alipay knows none until somebody scans, and nobody can be asked to wait for
 * that. At WeChat Pay the request to create it may still be under way, until the time it carries is past.
 */
const isOverWithoutTrade = ({ provider, expiresAt }: Payment, now: Date): boolean =>
  provider === 'alipay' || now >= expiresAt

/** Where the attempt really stands, since a callback may have settled it meanwhile. */
const endOf = async ({ readers }: Deps, { id }: Payment): Promise<Closed> => {
  const payment = (await readers.payments.find(id))?.value
  if (payment === undefined) throw new Error(`payment ${id} is gone`)
  switch (payment.status) {
    case 'pending':
      return err({ code: 'GATEWAY_UNAVAILABLE' })
    case 'failed':
    case 'closed':
      return ok('ended')
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return ok('paid')
  }
}
