import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { FullGateway } from '../../../application/payments/payment-gateway.ts'
import { createHttpTransport, type HttpTransport } from '../http-transport.ts'
import { createVerifier } from './alipay-key.ts'
import {
  type AlipayCredentials,
  type AlipaySettings,
  type AlipaySettingsError,
  readSettings,
} from './alipay-settings.ts'
import { type AlipayLog, createAlipayCall } from './client.ts'
import { readAlipayNotification } from './notification.ts'
import { queryRefund, refundTrade } from './refunds.ts'
import { createRequestSigner } from './request-signing.ts'
import { closeTrade } from './trade-closing.ts'
import { createTrade } from './trade-creation.ts'
import { queryTrade } from './trade-state.ts'

export type { AlipaySettings } from './alipay-settings.ts'

export type AlipayGateway = FullGateway & {
  /** Closes the connections; `close` is for trades. */
  stop(): Promise<void>
}

type Dependencies = {
  readonly clock: Clock
  /** Instead of the gateway's own connections. */
  readonly transport?: HttpTransport
  readonly log?: AlipayLog
}

/** Alipay's v2 protocol: requests signed by the SDK, sent, verified and read by us. */
export const createAlipayGateway = (
  settings: AlipaySettings,
  dependencies: Dependencies,
): Result<AlipayGateway, AlipaySettingsError> => {
  const credentials = readSettings(settings)
  return credentials.isErr() ? err(credentials.error) : ok(gatewayOf(settings, credentials.value, dependencies))
}

/** alipay.trade.refund: refunds of one trade are at least 3 s apart; a greatest number is not documented. */
const REFUND_RULES = { mostRefunds: undefined, gapMs: 3000 } as const

const gatewayOf = (
  settings: AlipaySettings,
  { privateKey, alipayKeys, serials, version }: AlipayCredentials,
  { clock, transport, log }: Dependencies,
): AlipayGateway => {
  const { appId, gatewayUrl, notifyUrl, returnUrl, timeoutMs } = settings
  const { send, stop } = transport === undefined ? ownConnections(timeoutMs) : { send: transport, stop: async () => {} }
  const identity = { merchantId: settings.sellerId ?? '', appId }
  const verifies = createVerifier(alipayKeys)
  const signer = createRequestSigner({ appId, privateKey, gatewayUrl, serials }, clock)
  const call = createAlipayCall({
    gatewayUrl,
    signer,
    verifies,
    alipayCertSerial: serials?.alipay,
    send,
    clock,
    log: log ?? (() => undefined),
  })
  const query = (outTradeNo: string) => queryTrade(outTradeNo, { call, clock, identity })
  const qrProductCode = settings.productCode ?? 'FACE_TO_FACE_PAYMENT'
  return {
    provider: 'alipay',
    identity,
    credentialsVersion: version,
    notifyUrl,
    create: (trade) => createTrade(trade, { call, signer, clock, qrProductCode, returnUrl }),
    query,
    readNotification: async ({ body }, receivedAt) =>
      readAlipayNotification(body, { identity, verifies, now: () => receivedAt ?? clock.now() }),
    close: (outTradeNo) => closeTrade(outTradeNo, { call, query }),
    refundRules: REFUND_RULES,
    refund: (order) => refundTrade(order, { call, clock }),
    queryRefund: (key) => queryRefund(key, { call, clock }),
    stop,
  }
}

const ownConnections = (timeoutMs: number) => {
  const send = createHttpTransport({ timeoutMs })
  return { send, stop: () => send.close() }
}
