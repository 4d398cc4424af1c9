import { afterEach, beforeEach, describe } from 'vitest'
import { notificationContract } from './gateway/notifications.ts'
import { refundContract } from './gateway/refunds.ts'
import { closingContract, tradeContract } from './gateway/trades.ts'
import type { Current, GatewayUnderTest } from './gateway/under-test.ts'

/** What every gateway must do, each test against one that has no trades yet. */
export const paymentGatewayContract = (name: string, create: () => Promise<GatewayUnderTest>): void => {
  describe(`${name} keeps the PaymentGateway contract`, () => {
    let under: GatewayUnderTest | undefined
    beforeEach(async () => {
      under = await create()
    })
    afterEach(async () => under?.close())
    const current: Current = () => {
      if (under === undefined) throw new Error('not created')
      return under
    }
    tradeContract(current)
    closingContract(current)
    notificationContract(current)
    refundContract(current)
  })
}
