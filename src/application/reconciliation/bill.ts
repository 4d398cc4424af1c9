import type { Fen } from '../../domain/money.ts'

/** How a gateway's trade bill is written. */
export type BillFormat = 'wechat_csv' | 'wechat_csv_gzip' | 'alipay_csv' | 'alipay_zip'

/** A bill's file, byte for byte as the gateway published it; it may be read again, and from any place. */
export type BillContent = {
  readonly size: number
  /** From `start` up to but without `end`; the whole of it where they are missing. */
  read(range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>
}

type RowFacts = {
  /** Counted from 1 over all lines of the file that holds the rows. */
  readonly line: number
  readonly outTradeNo: string
  /** Of the payment, also on the row of its refund. */
  readonly transactionId: string
  /** The price of the order, or what of it was asked back; positive on both. Never what coupons left of it. */
  readonly amount: Fen
  /** What the gateway keeps, in fen: positive where it is charged, negative where it is given back. */
  readonly feeFen: number
  /** What the merchant's balance gains, in fen: negative on a refund. */
  readonly netFen: number
  /** When the gateway says it happened, in epoch milliseconds. */
  readonly at: number
}

/** One row of a trade bill. */
export type BillRow =
  | (RowFacts & {
      readonly kind: 'payment'
      /** `other`: a state in which a payment must not be on a bill; the text says which. */
      readonly status: 'success' | 'other'
      readonly statusText: string
    })
  | (RowFacts & {
      readonly kind: 'refund'
      /** Empty where the gateway's console made it without one. */
      readonly refundNo: string
      readonly refundId: string | undefined
      /** As it was when the bill was made, which may long have changed. */
      readonly status: 'success' | 'processing' | 'failed' | 'other'
      readonly statusText: string
    })
  /** Understood by nobody, so a person has to look: never skipped. `text` is at most 500 characters of it. */
  | { readonly kind: 'unreadable'; readonly line: number; readonly text: string; readonly reason: string }

export type ReadableRow = Exclude<BillRow, { kind: 'unreadable' }>

/** Whose bill it says it is; whatever the file does not tell is missing. */
export type BillHead = { readonly merchantId: string | undefined; readonly day: string | undefined }

/** A bill as it is read, part by part; the last part is the end, or tells why there is none. */
export type BillPart =
  /** `bytesRead` counts those of the file that have been used up so far, packed ones where it is packed. */
  | { readonly type: 'rows'; readonly rows: readonly BillRow[]; readonly bytesRead: number }
  /** The file's own summary agrees with its rows. */
  | { readonly type: 'end'; readonly head: BillHead }
  /** Cut off, not a bill, or its summary does not agree with its rows: nothing in it may be believed. */
  | { readonly type: 'broken'; readonly reason: string }

/** Where something lies in bytes: up to but without its end. */
export type Place = { readonly start: number; readonly end: number }

/**
 * A readable row where it lies in the file, over one object that every row uses again: good until the next row. A million
 * of them leave nothing behind.
 */
export type RowGlance = Pick<RowFacts, 'line' | 'amount' | 'feeFen' | 'netFen'> & {
  readonly kind: ReadableRow['kind']
  readonly status: ReadableRow['status']
  readonly bytes: Uint8Array
  readonly outTradeNo: Place
  /** What tells it from others of this `outTradeNo`: of a payment its transaction's number, of a refund its own. */
  readonly ownNumber: Place
}

/** Which lines are wanted of a file that has been read to its end before: nothing is made of the others, nor checked. */
export type WantedLines = (line: number) => boolean

/** How a bill is read; without either, as rows, all of them. */
export type BillReading = {
  readonly wanted?: WantedLines | undefined
  /** Gets each readable row, which then is in none of the parts. */
  readonly onRow?: ((row: RowGlance) => void) | undefined
}

/** Reads trade bills of one provider. Bounded memory, whatever the file holds; no file makes it throw. */
export type ReadBill = (format: BillFormat, content: BillContent, reading?: BillReading) => AsyncIterable<BillPart>

/** What a fund-flow bill adds up to, by the kinds of business it names. */
export type FundFlow = {
  readonly rows: number
  readonly unreadable: number
  readonly income: { readonly count: number; readonly fen: number }
  readonly expense: { readonly count: number; readonly fen: number }
  /** `业务类型` with what came in and went out under it. */
  readonly byBusiness: readonly { readonly business: string; readonly incomeFen: number; readonly expenseFen: number }[]
}

/** Which of a gateway's bills. */
export type BillKind = 'trade' | 'fund_flow'
