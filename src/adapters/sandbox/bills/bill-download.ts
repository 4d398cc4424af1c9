import type { DownloadFault } from '../faults.ts'
import { answer, badGatewayPage, type Outcome, type Reply } from '../http-exchange.ts'

/** How a file comes to whoever fetches it, with what goes wrong on its way. */
export const downloaded = (reply: Reply, fault: DownloadFault | undefined): Outcome => {
  switch (fault?.kind) {
    case undefined:
      return answer(reply)
    case 'truncated':
      return answer({ ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) })
    case 'html_502':
      return answer(badGatewayPage())
    case 'hang':
      return { ending: 'hang' }
    case 'cut_before':
      return { ending: 'cut' }
    case 'cut_after':
      return { ending: 'answer', reply, cutAfterBytes: fault.bytes }
    case 'slow':
      return { ending: 'answer', reply, overMs: fault.ms }
  }
}
