import { err, ok, type Result } from 'neverthrow'
import { addDays, type ShanghaiDay, startOfDay } from '../../domain/shanghai-day.ts'
import type { RunFacts } from '../../domain/reconciliation.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { BillError, Gateways } from '../payments/payment-gateway.ts'
import type { Readers } from '../transaction.ts'
import type { BillArchive } from './bill-archive.ts'
import type { KeptBill } from './bill-repository.ts'

/** Why there is no bill to compare with. */
export type NoBill =
  /** Ask again then. */
  | { readonly code: 'LATER'; readonly reason: string; readonly at: Date }
  | { readonly code: 'NEVER'; readonly reason: string }

/** `empty`: there was no business on that day. */
export type FetchBill = (
  run: RunFacts,
  attempts: number,
  onBytes: (bytes: number) => void,
) => Promise<Result<KeptBill | 'empty', NoBill>>

type Deps = {
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly archive: BillArchive
  readonly readers: Pick<Readers, 'dayBooks' | 'bills'>
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Both gateways advise to fetch a day's bill from 10:00 of the next day on. */
const PUBLISHED_AFTER_MS = 10 * HOUR_MS + 5 * MINUTE_MS
const ASK_AGAIN_MS = 30 * MINUTE_MS
const GIVE_UP_AFTER_MS = 3 * 24 * HOUR_MS
const UNAVAILABLE_MINUTES = [1, 3, 10, 30] as const

/** When the bill of a day may be counted on. */
export const publishedAt = (day: ShanghaiDay): Date =>
  new Date(startOfDay(addDays(day, 1)).getTime() + PUBLISHED_AFTER_MS)

/** Gets a day's bill from the gateway and keeps it. */
export const fetchBill =
  (deps: Deps): FetchBill =>
  async (run, attempts, onBytes) => {
    const gateway = deps.gateways.find(run.provider)
    if (gateway === undefined) return later(deps, run, attempts, 'PROVIDER_NOT_CONFIGURED')
    const bill = await gateway.downloadBill(run.day)
    if (bill.isErr()) return noBill(deps, run, attempts, bill.error)
    const { format } = bill.value
    const { provider, day } = run
    const draft = { id: deps.ids.entity(), provider, day, format, kind: 'trade', source: 'gateway' } as const
    const kept = await deps.archive.keep({ ...draft, createdAt: deps.clock.now() }, bill.value, onBytes)
    return kept.isOk() ? ok(kept.value) : later(deps, run, attempts, kept.error.code)
  }

const noBill = async (
  deps: Deps,
  run: RunFacts,
  attempts: number,
  error: BillError,
): Promise<Result<'empty' | KeptBill, NoBill>> => {
  const published = publishedAt(run.day)
  const isEarly = deps.clock.now() < published
  switch (error.code) {
    case 'BILL_NOT_READY':
    case 'BILL_NOT_EXIST': {
      if (isEarly) return err({ code: 'LATER', reason: error.code, at: published })
      // "There is none" is also what is said of one that is late, so our own books have the last word.
      if (error.code === 'BILL_NOT_EXIST' && !(await hasBusiness(deps, run))) return ok('empty')
      return later(deps, run, attempts, error.code)
    }
    case 'GATEWAY_REJECTED':
      return isEarly
        ? err({ code: 'LATER', reason: error.gatewayCode, at: published })
        : keptBefore(deps, run, error.gatewayCode)
    case 'GATEWAY_UNAVAILABLE':
    case 'TRADE_ALREADY_PAID':
    case 'TRADE_CLOSED':
    case 'METHOD_NOT_SUPPORTED':
      return later(deps, run, attempts, error.code)
  }
}

/** A day too long ago for the gateway may have been kept here. */
const keptBefore = async (
  { readers }: Deps,
  { provider, day }: RunFacts,
  reason: string,
): Promise<Result<KeptBill, NoBill>> => {
  const kept = (await readers.bills.listByDay(provider, day)).findLast(({ kind }) => kind === 'trade')
  return kept === undefined ? err({ code: 'NEVER', reason }) : ok(kept)
}

const hasBusiness = async ({ readers }: Deps, { provider, day }: RunFacts): Promise<boolean> => {
  const span = { from: startOfDay(day), to: startOfDay(addDays(day, 1)) }
  const [receipts, refunds] = await Promise.all([
    readers.dayBooks.receipts(provider, span, undefined, 1),
    readers.dayBooks.refunds(provider, span, undefined, 1),
  ])
  return receipts.length + refunds.length > 0
}

/** Asked again after a while, and given up three days after it should have been there, or after the run was begun. */
const later = ({ clock }: Deps, run: RunFacts, attempts: number, reason: string): Result<never, NoBill> => {
  const now = clock.now().getTime()
  const since = Math.max(publishedAt(run.day).getTime(), run.startedAt.getTime())
  if (now > since + GIVE_UP_AFTER_MS) return err({ code: 'NEVER', reason })
  const isThere = reason === 'BILL_NOT_READY' || reason === 'BILL_NOT_EXIST'
  const minutes = UNAVAILABLE_MINUTES[Math.min(attempts, UNAVAILABLE_MINUTES.length) - 1] ?? 30
  return err({ code: 'LATER', reason, at: new Date(now + (isThere ? ASK_AGAIN_MS : minutes * MINUTE_MS)) })
}
