import { Counter, Histogram, type Registry } from 'prom-client'
import type { Clock } from '../../application/clock.ts'
import { isAbnormal, type UnitFact, type UnitFacts } from './unit-facts.ts'
import type { EndedUnit } from './watched-transaction.ts'

/** From a payer who has the phone in hand to one who comes back in the evening. */
const PATIENCE = [1, 5, 10, 20, 30, 60, 120, 300, 900, 1800, 7200, 86_400]
const DELAYS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86_400]
const UNITS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** What happens to money and goods, counted as it is committed. */
export const createBooksMetrics = (register: Registry, clock: Clock): ((unit: EndedUnit) => void) => {
  const units = new Histogram({
    name: 'shouyin_database_unit_duration_seconds',
    help: 'Time of a unit of work until its commit, with waiting for its turn',
    labelNames: ['outcome'],
    buckets: UNITS,
    registers: [register],
  })
  const reruns = new Counter({
    name: 'shouyin_database_unit_reruns_total',
    help: 'Units of work that were run again because another writer came first',
    registers: [register],
  })
  const stockConflicts = new Counter({
    name: 'shouyin_stock_conflicts_total',
    help: 'Goods that were wanted and could not be had (out_of_stock), or by another at the same moment (race)',
    labelNames: ['reason'],
    registers: [register],
  })
  const book = bookFacts(register, clock)
  return ({ outcome, code, facts, reruns: again, seconds }) => {
    units.observe({ outcome }, seconds)
    if (again > 0) reruns.inc(again)
    if (facts.stockRaces > 0) stockConflicts.inc({ reason: 'race' }, facts.stockRaces)
    if (code === 'OUT_OF_STOCK') stockConflicts.inc({ reason: 'out_of_stock' })
    if (outcome === 'committed') for (const fact of facts.facts) book(fact, facts.cause)
  }
}

const bookFacts = (register: Registry, clock: Clock): ((fact: UnitFact, cause: UnitFacts['cause']) => void) => {
  const registers = [register]
  const payments = new Counter({
    name: 'shouyin_payments_total',
    help: 'Payments by the state they entered; pending is one that was made',
    labelNames: ['provider', 'method', 'result'],
    registers,
  })
  const timeToPaid = new Histogram({
    name: 'shouyin_payment_time_to_paid_seconds',
    help: 'From the making of a payment to the moment the money moved, by the clock of the gateway',
    labelNames: ['provider'],
    buckets: PATIENCE,
    registers,
  })
  const receipts = new Counter({
    name: 'shouyin_receipts_total',
    help: 'Verified receipts by how they were learned of and where they ended',
    labelNames: ['provider', 'source', 'disposition'],
    registers,
  })
  const refunds = new Counter({
    name: 'shouyin_refunds_total',
    help: 'Refunds by the state they entered; abnormal is processing and needs a person',
    labelNames: ['provider', 'result'],
    registers,
  })
  const refundsSettled = new Counter({
    name: 'shouyin_refunds_settled_total',
    help: 'Refunds that succeeded, by how that was learned; query is also the answer to the request itself',
    labelNames: ['provider', 'source'],
    registers,
  })
  const completion = new Histogram({
    name: 'shouyin_order_completion_seconds',
    help: 'From the making of an order to its delivery',
    buckets: PATIENCE,
    registers,
  })
  const fulfilment = new Histogram({
    name: 'shouyin_fulfilment_delay_seconds',
    help: 'From the moment the money moved to the commit of the delivery',
    buckets: DELAYS,
    registers,
  })
  const callbackDelay = new Histogram({
    name: 'shouyin_callback_delay_seconds',
    help: 'From what a callback tells of to the commit that booked it',
    labelNames: ['provider'],
    buckets: DELAYS,
    registers,
  })
  const incidents = new Counter({
    name: 'shouyin_incidents_total',
    help: 'Reports of what needs a person, repeats included',
    labelNames: ['kind'],
    registers,
  })
  const since = (at: Date): number => secondsBetween(at, clock.now())
  return (fact, cause) => {
    switch (fact.type) {
      case 'payment': {
        const { provider, method, status } = fact.payment
        payments.inc({ provider, method, result: status })
        if (status === 'paid')
          timeToPaid.observe({ provider }, secondsBetween(fact.payment.createdAt, fact.payment.paidAt))
        return
      }
      case 'refund': {
        const { provider, status } = fact.refund
        refunds.inc({ provider, result: isAbnormal(fact.refund) ? 'abnormal' : status })
        if (status === 'success') refundsSettled.inc({ provider, source: cause ?? 'request' })
        return
      }
      case 'order':
        if (fact.order.status !== 'paid') return
        completion.observe(since(fact.order.createdAt))
        fulfilment.observe(since(fact.order.paidAt))
        return
      case 'receipt': {
        const { provider, source, disposition } = fact.receipt
        receipts.inc({ provider, source, disposition })
        return
      }
      case 'notification':
        if (fact.entry.eventAt !== undefined)
          callbackDelay.observe({ provider: fact.entry.provider }, since(fact.entry.eventAt))
        return
      case 'incident':
        incidents.inc({ kind: fact.kind })
    }
  }
}

/** The gateway's clock is not ours: what seems to have happened before its cause took no time. */
const secondsBetween = (from: Date, to: Date): number => Math.max(0, to.getTime() - from.getTime()) / 1000
