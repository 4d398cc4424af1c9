import { err, ok, type Result } from 'neverthrow'
import type { z } from 'zod'
import { formatYuan } from '../../../domain/money.ts'
import type { ApiOperation } from '../faults.ts'
import { beijingTime } from '../gateway-time.ts'
import type { AlipayBills } from './alipay-bills.ts'
import type { AlipayDesk, AlipaySettings, RefundAnswer } from './alipay-desk.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import { type AlipayRefusal, failed, refused, successJson, tradeNotExist } from './alipay-refusal.ts'
import type { VerifiedCall } from './alipay-request.ts'
import {
  billSchema,
  type Channel,
  createSchemas,
  type RefundQuery,
  refundQuerySchema,
  refundSchema,
  tradeSchema,
} from './alipay-schemas.ts'
import {
  buyerJson,
  isPaid,
  type PaymentCode,
  type Refund,
  refundedTotal,
  tradeJson,
  zeroAmounts,
} from './alipay-trade.ts'

export type MethodParts = {
  readonly keys: AlipayKeys
  readonly desk: AlipayDesk
  readonly bills: AlipayBills
  readonly settings: () => AlipaySettings
}

export type Done = { readonly json: Readonly<Record<string, unknown>>; readonly before?: Promise<void> }

export type Method = {
  readonly operation: ApiOperation
  run(parts: MethodParts, call: VerifiedCall): Result<Done, AlipayRefusal>
}

/** Opened in a browser, not called: they answer the buyer with a page. */
export const pageMethods: Readonly<Record<string, Channel>> = {
  'alipay.trade.page.pay': 'page',
  'alipay.trade.wap.pay': 'wap',
}

export const APP_PAY = 'alipay.trade.app.pay'

/** Takes the order of any channel. */
export const createOrder = (
  { desk }: MethodParts,
  channel: Channel,
  { bizContent, notifyUrl, returnUrl }: VerifiedCall,
): Result<PaymentCode & { readonly outTradeNo: string }, AlipayRefusal> =>
  parsed(createSchemas[channel], bizContent).andThen((request) =>
    desk
      .create({ channel, request, bizContent, notifyUrl, returnUrl })
      .map((code) => ({ ...code, outTradeNo: request.out_trade_no })),
  )

const precreate: Method = {
  operation: 'create',
  run: (parts, call) =>
    createOrder(parts, 'precreate', call).map(({ code, outTradeNo }) =>
      done({ out_trade_no: outTradeNo, qr_code: code }),
    ),
}

const query: Method = {
  operation: 'query',
  run: ({ desk, keys }, { bizContent }) =>
    parsed(tradeSchema, bizContent).andThen((request) => {
      const trade = desk.look(request)
      if (trade === undefined || trade.state === 'UNSCANNED')
        return err(withRest(tradeNotExist, { ...zeroAmounts, ...echo(request.out_trade_no) }))
      return ok(done(tradeJson(trade, keys.buyerId)))
    }),
}

const close: Method = {
  operation: 'close',
  run: ({ desk }, { bizContent }) =>
    parsed(tradeSchema, bizContent)
      .andThen((request) => desk.close(request))
      .map(({ outTradeNo, transactionId }) => done({ out_trade_no: outTradeNo, trade_no: transactionId })),
}

const cancel: Method = {
  operation: 'close',
  run: ({ desk }, { bizContent }) =>
    parsed(tradeSchema, bizContent).andThen((request) =>
      desk.cancel(request).map(({ trade, action }) => {
        const tradeNo = trade?.transactionId
        return done({
          ...echo(trade?.outTradeNo ?? request.out_trade_no),
          ...(tradeNo === undefined ? {} : { trade_no: tradeNo }),
          ...(action === undefined ? {} : { action }),
          retry_flag: 'N',
        })
      }),
    ),
}

const refund: Method = {
  operation: 'refund',
  run: ({ desk, keys }, { bizContent }) =>
    parsed(refundSchema, bizContent)
      .andThen((request) =>
        desk.refund(request).map((answer) => {
          const detailed = request.query_options?.includes('refund_detail_item_list') === true
          const { before } = answer
          return { ...done(refundAnswer(answer, detailed, keys)), ...(before === undefined ? {} : { before }) }
        }),
      )
      .mapErr((refusal) => withRest(refusal, { refund_fee: '0.00', send_back_fee: '0.00' })),
}

const refundAnswer = (
  { trade, refund: made, fundChange }: RefundAnswer,
  detailed: boolean,
  keys: AlipayKeys,
): Record<string, unknown> => {
  const amount = formatYuan(made.amount)
  const details = { refund_detail_item_list: [{ amount, fund_channel: 'ALIPAYACCOUNT' }], send_back_fee: amount }
  return {
    ...buyerJson(keys.buyerId),
    fund_change: fundChange ? 'Y' : 'N',
    ...(made.status === 'done' ? { gmt_refund_pay: beijingTime(new Date(made.at)) } : {}),
    out_trade_no: trade.outTradeNo,
    refund_fee: formatYuan(refundedTotal(trade)),
    trade_no: trade.transactionId,
    ...(detailed ? details : {}),
  }
}

const refundQuery: Method = {
  operation: 'refund_query',
  run: ({ desk, settings }, { bizContent }) =>
    parsed(refundQuerySchema, bizContent).andThen((request) => {
      const trade = desk.look(request)
      if (trade === undefined || trade.state === 'UNSCANNED') return err(tradeNotExist)
      const made = isPaid(trade)
        ? trade.refunds.find(({ outRequestNo, status }) => outRequestNo === request.out_request_no && status === 'done')
        : undefined
      if (made === undefined) return ok(done({}))
      const numbers = { out_trade_no: trade.outTradeNo, trade_no: trade.transactionId }
      const status = settings().legacyRefundQuery === true ? {} : { refund_status: 'REFUND_SUCCESS' }
      return ok(done({ ...numbers, ...refundFacts(made, request), total_amount: formatYuan(trade.total), ...status }))
    }),
}

const refundFacts = (made: Refund, request: RefundQuery): Record<string, unknown> => {
  const wants = (option: string): boolean => request.query_options?.includes(option) === true
  const amount = formatYuan(made.amount)
  const details = { refund_detail_item_list: [{ amount, fund_channel: 'ALIPAYACCOUNT' }], send_back_fee: amount }
  return {
    out_request_no: made.outRequestNo,
    refund_amount: amount,
    ...(wants('gmt_refund_pay') ? { gmt_refund_pay: beijingTime(new Date(made.at)) } : {}),
    ...(wants('refund_detail_item_list') ? details : {}),
  }
}

const billLink: Method = {
  operation: 'bill',
  run: ({ bills }, { bizContent }) => {
    const request = billSchema.safeParse(bizContent)
    if (!request.success) return err(refused('40004', 'isv.invalid_arguments', '参数无效'))
    return bills.link(request.data).map((url) => done({ bill_download_url: url }))
  },
}

/** What a server may call. */
export const apiMethods: Readonly<Record<string, Method>> = {
  'alipay.trade.precreate': precreate,
  'alipay.trade.query': query,
  'alipay.trade.close': close,
  'alipay.trade.cancel': cancel,
  'alipay.trade.refund': refund,
  'alipay.trade.fastpay.refund.query': refundQuery,
  'alipay.data.dataservice.bill.downloadurl.query': billLink,
}

const parsed = <T extends z.ZodType>(schema: T, value: unknown): Result<z.infer<T>, AlipayRefusal> => {
  const result = schema.safeParse(value)
  if (result.success) return ok(result.data)
  const [issue] = result.error.issues
  return err(failed('INVALID_PARAMETER', `参数无效：${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`))
}

const done = (json: Readonly<Record<string, unknown>>): Done => ({ json: successJson(json) })

const echo = (outTradeNo: string | undefined): Record<string, unknown> =>
  outTradeNo === undefined ? {} : { out_trade_no: outTradeNo }

const withRest = (refusal: AlipayRefusal, rest: Readonly<Record<string, unknown>>): AlipayRefusal => ({
  ...refusal,
  rest,
})
