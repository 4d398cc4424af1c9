import type { Result } from 'neverthrow'
import type { Bill } from '../payments/payment-gateway.ts'
import type { BillContent } from './bill.ts'
import type { BillDraft, KeptBill } from './bill-repository.ts'

/** Why a file was not kept: nothing of it is left then. */
export type BillNotKept =
  /** It did not come whole. */
  | { readonly code: 'BILL_BROKEN_OFF'; readonly reason: string }
  /** It is not the file the gateway has signed for. */
  | { readonly code: 'BILL_HASH_DIFFERS' }

/** A file that is here and not kept yet. What is neither kept nor dropped goes by itself after a while. */
export type ReceivedBill = {
  /** Over the file, in hexadecimal. */
  readonly sha256: string
  /** The same file again is the one that is there. */
  keep(): Promise<KeptBill>
  drop(): Promise<void>
}

/** Keeps bills as they were published, packed and encrypted. */
export interface BillArchive {
  /** Takes in a file, whole or not at all. `onBytes` is told how much has come. */
  receive(draft: BillDraft, bill: Bill, onBytes?: (bytes: number) => void): Promise<Result<ReceivedBill, BillNotKept>>
  /** Receives it and keeps it. */
  keep(draft: BillDraft, bill: Bill, onBytes?: (bytes: number) => void): Promise<Result<KeptBill, BillNotKept>>
  /** For reading it again, from any place. */
  open(bill: KeptBill): BillContent
}
