import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { FullGateway } from '../../../application/payments/payment-gateway.ts'
import { createDownloadTransport, type DownloadTransport } from '../download-transport.ts'
import { createHttpTransport, type HttpTransport } from '../http-transport.ts'
import { createVerifier } from './alipay-key.ts'
import {
  type AlipayCredentials,
  type AlipaySettings,
  type AlipaySettingsError,
  readSettings,
} from './alipay-settings.ts'
import { downloadBill } from './bill-download.ts'
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
  readonly download?: DownloadTransport
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
  { privateKey, alipayKeys, serials, alipayCertSerials, version }: AlipayCredentials,
  { clock, transport, download: given, log }: Dependencies,
): AlipayGateway => {
  const { appId, gatewayUrl, notifyUrl, returnUrl, timeoutMs } = settings
  const { send, stop } = transport === undefined ? ownConnections(timeoutMs) : { send: transport, stop: async () => {} }
  const { download, stopDownload } =
    given === undefined ? ownDownload(timeoutMs) : { download: given, stopDownload: async () => {} }
  const identity = { merchantId: settings.sellerId ?? '', appId }
  const verifies = createVerifier(alipayKeys)
  const signer = createRequestSigner({ appId, privateKey, gatewayUrl, serials }, clock)
  const call = createAlipayCall({
    gatewayUrl,
    signer,
    verifies,
    alipayCertSerials,
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
    downloadBill: (day) => downloadBill(day, { ask: call, download, gatewayUrl }),
    fundFlow: undefined, // 账务账单 tells of the balance, but nothing here reads it.
    readNotification: async ({ body }, receivedAt) =>
      readAlipayNotification(body, { identity, verifies, now: () => receivedAt ?? clock.now() }),
    close: (outTradeNo) => closeTrade(outTradeNo, { call, query }),
    refundRules: REFUND_RULES,
    refund: (order) => refundTrade(order, { call, clock }),
    queryRefund: (key) => queryRefund(key, { call, clock }),
    stop: async () => void (await Promise.all([stop(), stopDownload()])),
  }
}

const ownConnections = (timeoutMs: number) => {
  const send = createHttpTransport({ timeoutMs })
  return { send, stop: () => send.close() }
}

const ownDownload = (timeoutMs: number) => {
  const download = createDownloadTransport({ connectMs: timeoutMs })
  return { download, stopDownload: () => download.close() }
}
