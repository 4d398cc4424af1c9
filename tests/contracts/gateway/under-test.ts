import { expect } from 'vitest'
import type {
  CreateTrade,
  FullGateway,
  RawNotification,
  Receipt,
} from '../../../src/application/payments/payment-gateway.ts'
import type { PaymentMethod } from '../../../src/domain/payment.ts'

export type GatewayUnderTest = {
  readonly gateway: FullGateway
  /** One that is paid by scanning a code. */
  readonly method: PaymentMethod
  /** A trade with a fresh number, in `method`, that does not end soon. */
  readonly trade: (overrides?: Partial<CreateTrade>) => CreateTrade
  /** The payer pays. */
  readonly pay: (outTradeNo: string) => Promise<void>
  /** What the gateway sent about it: all headers that it signs, and the body. */
  readonly paymentNotification: (outTradeNo: string) => Promise<RawNotification>
  readonly close: () => Promise<void>
}

/** The gateway of the test that is running. */
export type Current = () => GatewayUnderTest

/** A trade that was created and paid, and what the gateway says of it. */
export const paid = async ({ gateway, pay }: GatewayUnderTest, trade: CreateTrade): Promise<Receipt> => {
  expect((await gateway.create(trade)).isOk()).toBe(true)
  await pay(trade.outTradeNo)
  const state = (await gateway.query(trade.outTradeNo))._unsafeUnwrap()
  if (state.state !== 'paid') throw new Error(`paid, but the gateway says ${state.state}`)
  return state.receipt
}
