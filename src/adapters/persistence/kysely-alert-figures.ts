import type {
  AlertFigures,
  CallbackDelay,
  LowStock,
  Overdue,
  ParkedWebhooks,
  WatchedJob,
} from '../../application/alerts/alert-figures.ts'
import type { Span } from '../../application/page.ts'
import { type PaymentStatus, type Provider, PROVIDERS } from '../../domain/payment.ts'
import type { RefundStatus } from '../../domain/refund.ts'
import type { AlertingStatements } from './alerting-statements.ts'
import type { Executor } from './executor.ts'
import { toFulfilment } from './json.ts'
import { PAYMENT_STATUSES } from './payment-row.ts'
import { REFUND_STATUSES } from './refund-row.ts'
import { toDate, wordOf } from './row-values.ts'

type Statements = Pick<AlertingStatements, 'figures' | 'overdue'>

const MOST_ENDPOINTS = 200
const MOST_PRODUCTS = 1000

export class KyselyAlertFigures implements AlertFigures {
  readonly #sql: Statements
  readonly #on: Executor

  constructor(sql: Statements, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async paymentStates(provider: Provider, made: Span, limit: number): Promise<readonly PaymentStatus[]> {
    const rows = await this.#sql.figures.paymentStates.rows(this.#on, { provider, ...timesOf(made), limit })
    return rows.map(({ status }) => wordOf(PAYMENT_STATUSES, status))
  }

  async refundEnds(provider: Provider, ended: Span, limit: number): Promise<readonly RefundStatus[]> {
    const rows = await this.#sql.figures.refundEnds.rows(this.#on, { provider, ...timesOf(ended), limit })
    return rows.map(({ status }) => wordOf(REFUND_STATUSES, status))
  }

  async refundsMade(made: Span, limit: number): Promise<number> {
    return (await this.#sql.figures.refundsMade.rows(this.#on, { ...timesOf(made), limit })).length
  }

  async callbackDelays(received: Span, limit: number): Promise<readonly CallbackDelay[]> {
    const rows = await this.#sql.figures.callbacks.rows(this.#on, { ...timesOf(received), limit })
    return rows.flatMap(({ provider, event_at, received_at }) =>
      // The gateway's clock is not ours: what seems to have happened after its callback took no time.
      event_at === null
        ? []
        : [{ provider: wordOf(PROVIDERS, provider), delayMs: Math.max(0, received_at - event_at) }],
    )
  }

  async foundByAsking(provider: Provider, paid: Span, limit: number): Promise<number> {
    const rows = await this.#sql.figures.receipts.rows(this.#on, { provider, ...timesOf(paid), limit })
    return rows.filter(({ source }) => source === 'query').length
  }

  async unendedPayments(before: Date, limit: number): Promise<readonly Provider[]> {
    return providersOf(await this.#sql.figures.unendedPayments.rows(this.#on, { before: before.getTime(), limit }))
  }

  async unendedRefunds(before: Date, limit: number): Promise<readonly Provider[]> {
    return providersOf(await this.#sql.figures.unendedRefunds.rows(this.#on, { before: before.getTime(), limit }))
  }

  async parkedWebhooks(limit: number): Promise<readonly ParkedWebhooks[]> {
    const found: ParkedWebhooks[] = []
    for (const { id } of await this.#sql.figures.endpoints.rows(this.#on, { limit: MOST_ENDPOINTS })) {
      const { length: count } = await this.#sql.figures.parked.rows(this.#on, { endpoint_id: id, limit })
      if (count > 0) found.push({ endpointId: id, count })
    }
    return found
  }

  async lowStock(most: number, limit: number): Promise<readonly LowStock[]> {
    const products = await this.#sql.figures.onSale.rows(this.#on, { limit: MOST_PRODUCTS })
    const sold = products.map(({ fulfilment }) => toFulfilment(fulfilment))
    const skus = new Set(sold.flatMap((one) => (one.type === 'goods' ? [one.sku] : [])))
    const found: LowStock[] = []
    for (const sku of skus) {
      const row = await this.#sql.figures.stock.first(this.#on, { sku })
      const available = row === undefined ? 0 : row.on_hand - row.reserved
      if (available <= most) found.push({ sku, available })
      if (found.length === limit) break
    }
    return found
  }

  async overdue(job: WatchedJob, before: Date, limit: number): Promise<Overdue | undefined> {
    const waiting = await this.#sql.overdue[job].rows(this.#on, { before: before.getTime(), limit })
    const late = waiting.flatMap(({ at }) => (at !== null && at < before.getTime() ? [at] : []))
    return late.length === 0 ? undefined : { count: late.length, oldest: toDate(Math.min(...late)) }
  }
}

const timesOf = ({ from, to }: Span) => ({ from: from.getTime(), to: to.getTime() })

const providersOf = (rows: readonly { readonly provider: string }[]): readonly Provider[] =>
  rows.map(({ provider }) => wordOf(PROVIDERS, provider))
