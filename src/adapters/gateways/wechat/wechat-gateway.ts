import { err, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { FullGateway } from '../../../application/payments/payment-gateway.ts'
import type { Randomness } from '../../../application/randomness.ts'
import { createDownloadTransport, type DownloadTransport } from '../download-transport.ts'
import { createHttpTransport, type HttpTransport } from '../http-transport.ts'
import { downloadBill, downloadFundFlow } from './bill-download.ts'
import { createClient, type Wire } from './client.ts'
import { readNotification } from './notifications.ts'
import { type Log, PlatformKeys } from './platform-keys.ts'
import { prepay } from './prepay.ts'
import { queryRefund, requestRefund } from './refunds.ts'
import { createSender } from './sender.ts'
import { checkSettings, fingerprintOf, type WechatMerchant, type WechatSettings } from './settings.ts'
import { closeTrade, queryTrade } from './trades.ts'

export type { WechatSettings } from './settings.ts'

export type WechatGateway = FullGateway & {
  /** Tries to fetch the platform certificates where they are needed, and keeps them fresh from then on. */
  start(): Promise<void>
  /** When the platform certificates that are held end; `undefined` where none is needed. */
  certificates(): readonly Date[] | undefined
  /** All keys are there that could be had. */
  fetched(): Promise<void>
  /** Ends the refreshing and the connections. Not `close`: that ends a trade. */
  stop(): Promise<void>
}

export type WechatGatewayDeps = {
  readonly clock: Clock
  readonly randomness: Randomness
  readonly transport?: HttpTransport
  readonly download?: DownloadTransport
  readonly log?: Log
}

/** WeChat Pay APIv3 for a direct merchant, with public key, platform certificates or both. */
export const createWechatGateway = (
  settings: WechatSettings,
  deps: WechatGatewayDeps,
): Result<WechatGateway, { readonly code: 'GATEWAY_SETTINGS_INVALID'; readonly problems: readonly string[] }> =>
  checkSettings(settings)
    .map((merchant) => assemble(merchant, deps))
    .orElse((problems) => err({ code: 'GATEWAY_SETTINGS_INVALID', problems } as const))

/** 申请退款: one order has at most 50 partial refunds, at least a minute apart. */
const REFUND_RULES = { mostRefunds: 50, gapMs: 60_000 } as const

const assemble = (merchant: WechatMerchant, { clock, randomness, ...deps }: WechatGatewayDeps): WechatGateway => {
  const log = deps.log ?? (() => undefined)
  const { transport, closeTransport } = ownTransport(merchant, deps.transport)
  const { download, closeDownload } = ownDownload(merchant, deps.download)
  const send = createSender(merchant, { clock, randomness, transport })
  const keys = new PlatformKeys(merchant, { send, clock, log })
  const fetchFile = createSender(merchant, { clock, randomness, transport: download })
  const wire: Wire = { merchant, clock, randomness, client: createClient({ send, keys, clock, log }) }
  return {
    provider: 'wechat',
    identity: { merchantId: merchant.mchId, appId: merchant.appId },
    credentialsVersion: fingerprintOf(merchant),
    notifyUrl: merchant.notifyUrl,
    create: (trade) => prepay(wire, trade),
    query: (outTradeNo) => queryTrade(wire, outTradeNo),
    close: (outTradeNo) => closeTrade(wire, outTradeNo),
    refundRules: REFUND_RULES,
    refund: (order) => requestRefund(wire, order),
    queryRefund: (name) => queryRefund(wire, name),
    downloadBill: (day) => downloadBill(wire, fetchFile, day),
    fundFlow: { downloadFundFlow: (day) => downloadFundFlow(wire, fetchFile, day) },
    readNotification: (raw, receivedAt) =>
      Promise.resolve(readNotification(merchant, keys, raw, receivedAt ?? clock.now())),
    certificates: () => keys.certificateEnds(),
    start: () => keys.start(),
    fetched: () => keys.fetched(),
    stop: async () => {
      keys.stop()
      await Promise.all([closeTransport(), closeDownload()])
    },
  }
}

/** A transport given from outside is closed outside. */
const ownTransport = (merchant: WechatMerchant, given: HttpTransport | undefined) => {
  if (given !== undefined) return { transport: given, closeTransport: () => Promise.resolve() }
  const transport = createHttpTransport({ timeoutMs: merchant.timeoutMs })
  return { transport, closeTransport: () => transport.close() }
}

const ownDownload = (merchant: WechatMerchant, given: DownloadTransport | undefined) => {
  if (given !== undefined) return { download: given, closeDownload: () => Promise.resolve() }
  const download = createDownloadTransport({ connectMs: merchant.timeoutMs })
  return { download, closeDownload: () => download.close() }
}
