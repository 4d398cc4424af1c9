import { err, ok, type Result } from 'neverthrow'
import type { Refund } from '../../domain/refund.ts'
import type { Readers } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import type { RefreshRefund } from './send-refund.ts'

/** Who asks: the owner, or an operator, who sees everybody's. */
export type RefundViewer = { readonly userId: string; readonly isOperator: boolean }

type Deps = { readonly readers: Pick<Readers, 'refunds'>; readonly refreshRefund: RefreshRefund }

/** The refund, if the viewer may know of it; one under way is asked about first, and shown as last known where no answer comes. */
export const findRefund =
  ({ readers, refreshRefund }: Deps) =>
  async (
    { userId, isOperator }: RefundViewer,
    refundNo: string,
  ): Promise<Result<Versioned<Refund>, { readonly code: 'REFUND_NOT_FOUND' }>> => {
    const known = await readers.refunds.find(refundNo)
    if (known === undefined || !(isOperator || known.value.userId === userId)) return err({ code: 'REFUND_NOT_FOUND' })
    if (known.value.status !== 'processing') return ok(known)
    await refreshRefund(known.value)
    return ok((await readers.refunds.find(refundNo)) ?? known)
  }

/** A refund that is known to be there, as it was committed last. */
export const storedRefund = async (readers: Deps['readers'], refundNo: string): Promise<Versioned<Refund>> => {
  const stored = await readers.refunds.find(refundNo)
  if (stored === undefined) throw new Error(`refund ${refundNo} is gone`)
  return stored
}
