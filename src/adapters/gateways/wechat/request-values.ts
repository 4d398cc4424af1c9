import { err } from 'neverthrow'
import type { GatewayError } from '../../../application/payments/payment-gateway.ts'

// What WeChat Pay takes as a number. Nothing else may reach a path: the SDK puts it there as it is.
export const outTradeNoPattern = /^[0-9A-Za-z_\-|*]{6,32}$/
export const refundNoPattern = /^[0-9A-Za-z_\-|*@]{1,64}$/
export const transactionIdPattern = /^[0-9A-Za-z_-]{1,32}$/

/** Refunds made by hand may have numbers with characters that a path has to escape. */
export const inPath = (number: string): string => encodeURIComponent(number).replaceAll('*', '%2A')

/** Characters beyond three UTF-8 bytes are refused, and lone halves of one cannot be sent at all. */
export const plainText = (text: string, max: number): string =>
  text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u{10000}-\u{10FFFF}\uD800-\uDFFF]/gu, '')
    .trim()
    .slice(0, max)

/** A "no" of our own, in WeChat Pay's word for it: nothing was sent. */
export const parameterError = (message: string) =>
  err<never, GatewayError>({ code: 'GATEWAY_REJECTED', gatewayCode: 'PARAM_ERROR', message })

export const notOurNumber = parameterError('not a number WeChat Pay can know')
