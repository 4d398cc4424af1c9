import type { HandledNotification } from '../../application/notifications/handle-notification.ts'
import type { Provider } from '../../domain/payment.ts'

/** What a gateway is to do: stop sending the message, mend it, or send it again. */
export type Acknowledgement =
  | 'accepted'
  | 'unreadable'
  | 'unauthentic'
  | 'wrong_address'
  | 'wrong_method'
  | 'contradicting'
  | 'too_large'
  | 'try_again'

/** A message we could book is accepted, whatever it meant for the order; what a person has to look at, we have kept. */
export const ACKNOWLEDGEMENTS = {
  settled: 'accepted',
  repeated: 'accepted',
  surplus: 'accepted',
  late: 'accepted',
  honoured: 'accepted',
  refund_settled: 'accepted',
  recorded: 'accepted',
  unknown_order: 'accepted',
  amount_mismatch: 'contradicting',
  foreign_identity: 'unreadable',
  unreadable: 'unreadable',
  refused: 'unauthentic',
} as const satisfies Record<Exclude<HandledNotification['verdict'], 'not_configured'>, Acknowledgement>

const REFUSALS = {
  unreadable: { status: 400, message: '报文无法识别' },
  unauthentic: { status: 401, message: '签名无效' },
  wrong_address: { status: 403, message: '来源地址不在允许范围' },
  wrong_method: { status: 405, message: '只接受 POST' },
  contradicting: { status: 409, message: '金额与订单不符' },
  too_large: { status: 413, message: '报文过大' },
  try_again: { status: 503, message: '暂时无法处理' },
} as const satisfies Record<Exclude<Acknowledgement, 'accepted'>, { readonly status: number; readonly message: string }>

export type GatewayAnswer = { readonly status: number; readonly type: string; readonly body: string }

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'

/** The answer in the words of the gateway: Alipay reads `success` or anything else, WeChat Pay the status. */
export const gatewayAnswer = (provider: Provider, acknowledgement: Acknowledgement): GatewayAnswer => {
  if (acknowledgement === 'accepted')
    return provider === 'alipay' ? { status: 200, type: TEXT, body: 'success' } : { status: 204, type: '', body: '' }
  const { status, message } = REFUSALS[acknowledgement]
  return provider === 'alipay'
    ? { status, type: TEXT, body: 'fail' }
    : { status, type: JSON_TYPE, body: JSON.stringify({ code: 'FAIL', message }) }
}
