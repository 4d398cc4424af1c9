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

/** Keeps bills as they were published, packed and encrypted. */
export interface BillArchive {
  /** Whole or not at all; the same file again is the one that is there. `onBytes` is told how much has come. */
  keep(draft: BillDraft, bill: Bill, onBytes?: (bytes: number) => void): Promise<Result<KeptBill, BillNotKept>>
  /** For reading it again, from any place. */
  open(bill: KeptBill): BillContent
}
