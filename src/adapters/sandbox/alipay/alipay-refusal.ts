/** A "no" of Alipay; HTTP says 200 all the same. */
export type AlipayRefusal = {
  readonly code: keyof typeof MESSAGES
  readonly subCode: string
  readonly subMsg: string
  /** Only an application that does not exist is answered without a signature. */
  readonly unsigned?: true
  /** Members beside the code, such as the amounts of 0.00 in failed answers. */
  readonly rest?: Readonly<Record<string, unknown>>
}

const MESSAGES = {
  '20000': 'Service Currently Unavailable',
  '40001': 'Missing Required Arguments',
  '40002': 'Invalid Arguments',
  '40004': 'Business Failed',
  '40005': 'Call Limited',
} as const

export const refused = (code: keyof typeof MESSAGES, subCode: string, subMsg: string): AlipayRefusal => ({
  code,
  subCode,
  subMsg,
})

/** A business failure, the code without its `ACQ.`. */
export const failed = (code: string, subMsg: string): AlipayRefusal => refused('40004', `ACQ.${code}`, subMsg)

export const tradeNotExist = failed('TRADE_NOT_EXIST', '交易不存在')
export const tradeHasClosed = failed('TRADE_HAS_CLOSE', '交易已经关闭')
export const unknownError = refused('20000', 'isp.unknow-error', '系统繁忙')
export const callLimited = refused('40005', 'isv.app-call-limited', '应用调用次数超限')

export const refusalJson = ({ code, subCode, subMsg, rest }: AlipayRefusal): Record<string, unknown> => ({
  code,
  msg: MESSAGES[code],
  sub_code: subCode,
  sub_msg: subMsg,
  ...rest,
})

export const successJson = (members: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  code: '10000',
  msg: 'Success',
  ...members,
})
