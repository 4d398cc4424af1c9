import { z } from 'zod'

const everyOperation = ['create', 'query', 'close', 'refund', 'refund_query'] as const
const wechatApi = z.enum([...everyOperation, 'certificates'])
const alipayApi = z.enum(everyOperation)
const where = { outTradeNo: z.string().optional(), times: z.int().positive().optional() }
const inMs = z.int().min(0).max(3_600_000)

// A delay and a hang come after the effect: the caller waits for something that has happened.
const everyApi = ['hang', 'cut_before', 'cut_after', 'error_500_before', 'error_500_after', 'html_502'] as const
const everyAnswer = ['rate_limited', 'unsigned', 'bad_signature', 'truncated'] as const
const wechatAnswer = ['stale_timestamp', 'unknown_serial', 'probe'] as const

const callback = z.strictObject({
  ...where,
  operation: z.literal('callback'),
  kind: z.enum(['never', 'twice', 'forged', 'before_answer']),
})
const late = z.strictObject({ ...where, operation: z.literal('callback'), kind: z.literal('late'), ms: inMs })

const wechatRefundKinds = ['stay_processing', 'abnormal', 'closed', 'not_enough'] as const
const alipayRefundKinds = ['not_enough', 'fund_change_n'] as const

// Of the call that asks for a bill, and of the file behind the link it gives.
const wechatBillKinds = ['not_ready', 'wrong_hash'] as const
const alipayBillKinds = ['not_ready'] as const
const bill = { ...where, operation: z.literal('bill') }
const lateBill = z.strictObject({ ...bill, kind: z.literal('delay'), ms: inMs })
const download = { ...where, operation: z.literal('bill_download') }
const badDownload = z.strictObject({ ...download, kind: z.enum(['truncated', 'html_502', 'hang', 'cut_before']) })
const brokenDownload = z.strictObject({ ...download, kind: z.literal('cut_after'), bytes: z.int().min(0) })
const slowDownload = z.strictObject({ ...download, kind: z.literal('slow'), ms: inMs })

export const wechatFaultSchema = z.union([
  z.strictObject({ ...where, operation: wechatApi, kind: z.enum([...everyApi, ...everyAnswer, ...wechatAnswer]) }),
  z.strictObject({ ...where, operation: wechatApi, kind: z.literal('delay'), ms: inMs }),
  z.strictObject({ ...where, operation: z.literal('refund'), kind: z.enum(wechatRefundKinds) }),
  z.strictObject({ ...bill, kind: z.enum([...everyApi, ...everyAnswer, ...wechatAnswer, ...wechatBillKinds]) }),
  lateBill,
  badDownload,
  brokenDownload,
  slowDownload,
  callback,
  late,
])

export const alipayFaultSchema = z.union([
  z.strictObject({ ...where, operation: alipayApi, kind: z.enum([...everyApi, ...everyAnswer]) }),
  z.strictObject({ ...where, operation: alipayApi, kind: z.literal('delay'), ms: inMs }),
  z.strictObject({ ...where, operation: z.literal('refund'), kind: z.enum(alipayRefundKinds) }),
  z.strictObject({ ...bill, kind: z.enum([...everyApi, ...everyAnswer, ...alipayBillKinds]) }),
  lateBill,
  badDownload,
  brokenDownload,
  slowDownload,
  callback,
  late,
])

/** What goes wrong at the WeChat Pay side: for calls of one kind, for one trade or any, once or `times` over. */
export type WechatFault = z.infer<typeof wechatFaultSchema>
/** The same for Alipay. */
export type AlipayFault = z.infer<typeof alipayFaultSchema>

export type CallbackFault = z.infer<typeof callback> | z.infer<typeof late>
export type DownloadFault = z.infer<typeof badDownload> | z.infer<typeof brokenDownload> | z.infer<typeof slowDownload>
export type ApiOperation = z.infer<typeof wechatApi> | 'bill'

const refundKinds: readonly string[] = [...wechatRefundKinds, ...alipayRefundKinds]
const billKinds: readonly string[] = wechatBillKinds
const beside: readonly string[] = ['delay', ...refundKinds, ...billKinds]

/** The faults that are armed and not used up yet. */
export class Faults<F extends WechatFault | AlipayFault> {
  #armed: { readonly fault: F; left: number }[] = []

  add(fault: F): void {
    this.#armed.push({ fault, left: fault.times ?? 1 })
  }

  clear(): void {
    this.#armed = []
  }

  /** What goes wrong with the connection and the answer of this call, apart from a delay. */
  takeWire(operation: ApiOperation, outTradeNo: string | undefined): F | undefined {
    return this.#take(operation, outTradeNo, (kind) => !beside.includes(kind))
  }

  takeDelayMs(operation: ApiOperation, outTradeNo: string | undefined): number | undefined {
    const fault: WechatFault | AlipayFault | undefined = this.#take(operation, outTradeNo, (kind) => kind === 'delay')
    return fault?.kind === 'delay' ? fault.ms : undefined
  }

  /** What befalls the money of this refund. */
  takeRefund(outTradeNo: string | undefined): F | undefined {
    return this.#take('refund', outTradeNo, (kind) => refundKinds.includes(kind))
  }

  /** What is wrong with the bill that a call asks for. */
  takeBill(): (typeof wechatBillKinds)[number] | undefined {
    const kind = this.#take('bill', undefined, (each) => billKinds.includes(each))?.kind
    return kind === 'not_ready' || kind === 'wrong_hash' ? kind : undefined
  }

  takeDownload(): DownloadFault | undefined {
    const fault: WechatFault | AlipayFault | undefined = this.#take('bill_download', undefined, () => true)
    return fault?.operation === 'bill_download' ? fault : undefined
  }

  takeCallback(outTradeNo: string): CallbackFault | undefined {
    const fault: WechatFault | AlipayFault | undefined = this.#take(
      'callback',
      outTradeNo,
      (kind) => kind !== 'before_answer',
    )
    return fault?.operation === 'callback' ? fault : undefined
  }

  /** Whether the callback of a refund just accepted is to overtake the answer. */
  takeOvertaking(outTradeNo: string): boolean {
    return this.#take('callback', outTradeNo, (kind) => kind === 'before_answer') !== undefined
  }

  /** Uses up the oldest armed fault that is meant for this call. */
  #take(operation: string, outTradeNo: string | undefined, suits: (kind: string) => boolean): F | undefined {
    const armed = this.#armed.find(
      ({ fault }) =>
        fault.operation === operation &&
        (fault.outTradeNo === undefined || fault.outTradeNo === outTradeNo) &&
        suits(fault.kind),
    )
    if (armed === undefined) return undefined
    armed.left -= 1
    if (armed.left === 0) this.#armed = this.#armed.filter((other) => other !== armed)
    return armed.fault
  }
}
