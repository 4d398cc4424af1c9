import type { Clock } from '../clock.ts'
import { workOffDue } from '../due-work.ts'
import type { Transaction } from '../transaction.ts'
import type { SendRefund } from './send-refund.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly sendRefund: SendRefund }

/** Takes every refund that is due one step further; gives how many there were. */
export const dispatchRefunds = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ refunds }, ...claim) => refunds.claimDue(...claim),
    ({ refund, attempts }) => deps.sendRefund(refund.value, attempts),
  )
