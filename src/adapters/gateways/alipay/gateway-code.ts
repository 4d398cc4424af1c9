import type { GatewayError } from '../../../application/payments/payment-gateway.ts'

export type CallError = Extract<GatewayError, { readonly code: 'GATEWAY_UNAVAILABLE' | 'GATEWAY_REJECTED' }>

export const unavailable = (reason: string): Extract<CallError, { code: 'GATEWAY_UNAVAILABLE' }> => ({
  code: 'GATEWAY_UNAVAILABLE',
  reason,
})

/** What a signed answer other than 10000 says of the call: refused, or nothing certain. */
export const failureOf = (code: string, subCode: string | undefined, message: string | undefined): CallError => {
  const gatewayCode = subCode ?? code
  const definite = DEFINITE_CODES.has(code) && subCode !== undefined && !OPEN_SUB_CODES.has(bareCode(subCode))
  return definite
    ? { code: 'GATEWAY_REJECTED', gatewayCode, message: (message ?? '').slice(0, MAX_MESSAGE) }
    : unavailable(`answer ${code} ${subCode ?? ''}`.trim())
}

/** Whether Alipay refused for one of these reasons, however it spells the prefix. */
export const isRefusal = (error: GatewayError, ...codes: readonly string[]): boolean =>
  error.code === 'GATEWAY_REJECTED' && codes.includes(bareCode(error.gatewayCode))

const MAX_MESSAGE = 200
// 20000 (unknown), 40005 (too many calls) and what is not documented leave the outcome open.
const DEFINITE_CODES = new Set(['20001', '40001', '40002', '40003', '40004', '40006'])
const OPEN_SUB_CODES = new Set(['SYSTEM_ERROR', 'UNKNOW_ERROR', 'UNKNOWN_ERROR', 'SELLER_BALANCE_NOT_ENOUGH'])

/** `ACQ.X`, `aop.ACQ.X`, the misspelt `AQC.X` and the bare `X` are the same. */
const bareCode = (code: string): string =>
  code
    .slice(code.lastIndexOf('.') + 1)
    .replaceAll('-', '_')
    .toUpperCase()
