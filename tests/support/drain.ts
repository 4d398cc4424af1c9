import { expect } from 'vitest'
import type { Books } from './books.ts'
import type { Running } from './service.ts'

/** WeChat Pay wants a minute between two refunds of one payment, and takes no request that is five minutes old. */
const STEP_MS = 10_000
/** Between two steps of time, and at most for all of them. */
const PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1000
const DRAIN_MS = 300_000

/**
 * Lets time pass until nothing is left to do; fails after five minutes. Where a step of time changed nothing the next one
 * waits longer: on a slow machine time would otherwise outrun the leases of the work that is being done.
 */
export const drain = async (running: Running, books: Books): Promise<void> => {
  const until = performance.now() + DRAIN_MS
  let open = await books.openWork()
  let pause = PAUSE_MS
  while (open > 0 && performance.now() < until) {
    running.clock.advance(STEP_MS)
    settleRefunds(running)
    await new Promise((resolve) => setTimeout(resolve, pause))
    const left = await books.openWork()
    pause = left < open ? PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS)
    open = left
  }
  expect(open).toBe(0)
}

/** Ends what WeChat Pay still has under way; there a refund takes its time. */
const settleRefunds = ({ sandbox }: Running): void => {
  for (const { refunds } of sandbox.wechat.trades())
    for (const { outRefundNo, status } of refunds) if (status === 'PROCESSING') sandbox.wechat.settleRefund(outRefundNo)
}
