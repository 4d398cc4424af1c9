import type { Running } from '../support/service.ts'
import { call, eventually, type Gateway, type Json, open, order, orderState } from './payer.ts'

/** The money that really went back, by the gateway's own books. */
export const ledgerOf = ({ sandbox }: Running, gateway: Gateway, outTradeNo: string) =>
  gateway === 'wechat'
    ? (sandbox.wechat.find(outTradeNo)?.refunds ?? []).map(({ outRefundNo, amount, status }) => ({
        refundNo: outRefundNo,
        amount: Number(amount),
        isDone: status === 'SUCCESS',
      }))
    : (sandbox.alipay.find(outTradeNo)?.refunds ?? []).map(({ outRequestNo, amount, status }) => ({
        refundNo: outRequestNo,
        amount: Number(amount),
        isDone: status === 'done',
      }))

export const paidOrder = async (running: Running, gateway: Gateway, productId: string) => {
  const opened = await open(running, await order(running, productId), gateway)
  await running.sandbox[gateway].pay(opened.codeUrl)
  await eventually(
    () => orderState(running, opened.orderId),
    (seen) => seen?.status === 'paid',
  )
  return opened
}

export type Paid = Awaited<ReturnType<typeof paidOrder>>

export const refund = async (
  running: Running,
  gateway: string,
  { orderId, token }: Pick<Paid, 'orderId' | 'token'>,
  amount: string,
  refundNo?: string,
): Promise<{ readonly status: number; readonly json: Json }> =>
  call(running, `/payments/${gateway}/refund`, {
    token,
    body: { orderId, amount, reason: '不想要了', ...(refundNo === undefined ? {} : { refundNo }) },
  })

export const read = async (running: Running, refundNo: string, token: string): Promise<Json> =>
  (await call(running, `/refunds/${refundNo}`, { token })).json.data

/** Lets the jobs and callbacks do their work until a refund has come to this. */
export const becomes = (
  running: Running,
  refundNo: string,
  token: string,
  status: string,
  stepMs = 20,
): Promise<Json> =>
  eventually(
    async () => {
      running.clock.advance(stepMs)
      return (await call(running, `/refunds?limit=100`, { token })).json.data.find(
        (one: { refundNo: string }) => one.refundNo === refundNo,
      )
    },
    (seen: Json) => seen?.status === status,
  )

export const decide = async (running: Running, refundNo: string, name: string, reason?: string) =>
  call(running, `/admin/refunds/${refundNo}/${name}`, {
    token: await running.token('boss', true),
    body: reason === undefined ? {} : { reason },
  })

export const stateOf = async (running: Running, { orderId, token }: Paid): Promise<readonly [string, string]> => {
  const { status, refundedAmount } = (await call(running, `/orders/${orderId}`, { token })).json.data
  return [status, refundedAmount]
}
