import { err, ok, type Result } from 'neverthrow'
import type { Fen } from './money.ts'
import type { Provider } from './payment.ts'
import type { ShanghaiDay } from './shanghai-day.ts'

export type DiscrepancyClass = 'amount_differs' | 'status_differs' | 'missing_local' | 'missing_remote' | 'unreadable'

/** What a bill and the books say of one thing, where they do not say the same. */
export type Difference = {
  readonly class: DiscrepancyClass
  readonly about: 'payment' | 'refund' | 'row'
  /** What makes it the same difference when the day is compared again: a number, or the line that can't be read. */
  readonly subject: string
  readonly outTradeNo: string | undefined
  readonly refundNo: string | undefined
  readonly transactionId: string | undefined
  readonly localAmount: Fen | undefined
  readonly remoteAmount: Fen | undefined
  readonly localStatus: string | undefined
  readonly remoteStatus: string | undefined
  /** Of a row that can't be read: the row itself, which may hold personal data. */
  readonly rowText: string | undefined
  /** It may still come with the bill of a later day. */
  readonly withinDrift: boolean
}

export type DiscrepancyFacts = Difference & {
  readonly id: string
  readonly provider: Provider
  /** Whose bill it was found in, or is missing from. */
  readonly day: ShanghaiDay
  readonly foundAt: Date
}

/** How it ended: by the gateway's own answer, because a later comparison no longer finds it, or by an operator. */
export type DiscrepancyResolution = 'healed' | 'gone' | 'sync' | 'refund'

/** Money that funds nothing here, on its way back under this number. */
export type Returning = { readonly refundNo: string; readonly amount: Fen }

type Word = { readonly note: string; readonly by: string; readonly at: Date }

export type Discrepancy = DiscrepancyFacts &
  (
    | {
        readonly status: 'open'
        /** What the last question to the gateway brought. */
        readonly note: string | undefined
        readonly returning: Returning | undefined
      }
    | (Word & { readonly status: 'resolved'; readonly resolution: DiscrepancyResolution })
    | (Word & { readonly status: 'ignored' })
  )

export type DiscrepancyStatus = Discrepancy['status']

export type DiscrepancyEvent =
  | { readonly type: 'found'; readonly difference: Difference }
  /** The gateway was asked, and it is still there. */
  | { readonly type: 'asked'; readonly note: string }
  | { readonly type: 'returning'; readonly returning: Returning }
  /** The gateway has refused to give it back; nothing has moved. */
  | { readonly type: 'return_refused'; readonly note: string }
  | (Word & { readonly type: 'resolved'; readonly resolution: DiscrepancyResolution })
  | (Word & { readonly type: 'ignored' })

export type DiscrepancyError =
  | { readonly code: 'DISCREPANCY_SETTLED'; readonly status: DiscrepancyStatus }
  /** Money is on its way back: it ends when that has ended. */
  | { readonly code: 'RETURN_UNDER_WAY'; readonly refundNo: string }

type On<T extends DiscrepancyEvent['type']> = Extract<DiscrepancyEvent, { type: T }>
type Outcome = Result<Discrepancy, DiscrepancyError>

/** The discrepancy's machine: total; what a person decided stands, what ended by itself opens again where something else is found. */
export const transitionDiscrepancy = (discrepancy: Discrepancy, event: DiscrepancyEvent): Outcome => {
  switch (event.type) {
    case 'found':
      return ok(found(discrepancy, event))
    case 'asked':
      return asked(discrepancy, event)
    case 'returning':
      return returning(discrepancy, event)
    case 'return_refused':
      return returnRefused(discrepancy, event)
    case 'resolved':
      return resolved(discrepancy, event)
    case 'ignored':
      return ignored(discrepancy, event)
  }
}

export const openDiscrepancy = (
  difference: Difference,
  named: Pick<DiscrepancyFacts, 'id' | 'provider' | 'day' | 'foundAt'>,
): Discrepancy => ({ ...difference, ...named, status: 'open', note: undefined, returning: undefined })

const factsOf = (discrepancy: Discrepancy, difference: Difference = discrepancy): DiscrepancyFacts => ({
  id: discrepancy.id,
  provider: discrepancy.provider,
  day: discrepancy.day,
  foundAt: discrepancy.foundAt,
  class: difference.class,
  about: difference.about,
  subject: difference.subject,
  outTradeNo: difference.outTradeNo,
  refundNo: difference.refundNo,
  transactionId: difference.transactionId,
  localAmount: difference.localAmount,
  remoteAmount: difference.remoteAmount,
  localStatus: difference.localStatus,
  remoteStatus: difference.remoteStatus,
  rowText: difference.rowText,
  withinDrift: difference.withinDrift,
})

const found = (discrepancy: Discrepancy, { difference }: On<'found'>): Discrepancy => {
  const facts = factsOf(discrepancy, difference)
  switch (discrepancy.status) {
    case 'open':
      return isSame(discrepancy, difference) ? discrepancy : { ...discrepancy, ...facts }
    case 'ignored':
      return discrepancy
    case 'resolved':
      return stands(discrepancy, difference)
        ? discrepancy
        : { ...facts, status: 'open', note: undefined, returning: undefined }
  }
}

/** What a person decided stands, and the gateway's own answer as long as bill and books say what they said before it. */
const stands = (discrepancy: Extract<Discrepancy, { status: 'resolved' }>, difference: Difference): boolean => {
  switch (discrepancy.resolution) {
    case 'sync':
    case 'refund':
      return true
    case 'healed':
      return isSame(discrepancy, difference)
    case 'gone':
      return false
  }
}

const isSame = (a: Difference, b: Difference): boolean =>
  a.class === b.class &&
  a.outTradeNo === b.outTradeNo &&
  a.refundNo === b.refundNo &&
  a.transactionId === b.transactionId &&
  a.localAmount === b.localAmount &&
  a.remoteAmount === b.remoteAmount &&
  a.localStatus === b.localStatus &&
  a.remoteStatus === b.remoteStatus &&
  a.rowText === b.rowText &&
  a.withinDrift === b.withinDrift

const asked = (discrepancy: Discrepancy, { note }: On<'asked'>): Outcome => {
  if (discrepancy.status !== 'open') return settled(discrepancy)
  return ok(discrepancy.note === note ? discrepancy : { ...discrepancy, note })
}

const returning = (discrepancy: Discrepancy, event: On<'returning'>): Outcome => {
  if (discrepancy.status !== 'open') return settled(discrepancy)
  const known = discrepancy.returning
  if (known === undefined) return ok({ ...discrepancy, returning: event.returning })
  return known.refundNo === event.returning.refundNo ? ok(discrepancy) : underWay(known)
}

const returnRefused = (discrepancy: Discrepancy, { note }: On<'return_refused'>): Outcome => {
  if (discrepancy.status !== 'open') return settled(discrepancy)
  return ok(discrepancy.returning === undefined ? discrepancy : { ...discrepancy, returning: undefined, note })
}

/** The first word stands. */
const resolved = (discrepancy: Discrepancy, { resolution, note, by, at }: On<'resolved'>): Outcome => {
  if (discrepancy.status !== 'open') return ok(discrepancy)
  // Only its own refund ends what is on its way back.
  if (discrepancy.returning !== undefined && resolution !== 'refund') return underWay(discrepancy.returning)
  return ok({ ...factsOf(discrepancy), status: 'resolved', resolution, note, by, at })
}

const ignored = (discrepancy: Discrepancy, { note, by, at }: On<'ignored'>): Outcome => {
  if (discrepancy.status !== 'open') return ok(discrepancy)
  if (discrepancy.returning !== undefined) return underWay(discrepancy.returning)
  return ok({ ...factsOf(discrepancy), status: 'ignored', note, by, at })
}

const settled = ({ status }: Discrepancy): Outcome => err({ code: 'DISCREPANCY_SETTLED', status })

const underWay = ({ refundNo }: Returning): Outcome => err({ code: 'RETURN_UNDER_WAY', refundNo })
