import { lookup } from 'node:dns'
import { Agent } from 'node:http'
import type { Client } from 'tencentcloud-sdk-nodejs-sms/tencentcloud/services/sms/v20210111/sms_client.js'
import type { SendSmsResponse } from 'tencentcloud-sdk-nodejs-sms/tencentcloud/services/sms/v20210111/sms_models.js'
import type { MessageQuota } from '../../application/alerts/alerting.ts'
import type { AlertAnswer, AlertMessage, AlertSender } from '../../application/alerts/alert-sender.ts'
import type { Clock } from '../../application/clock.ts'
import { dayNumberOf } from '../../domain/shanghai-day.ts'
import { ATTEMPT_MS, withinTime } from './within-time.ts'

export type TencentSmsOptions = {
  readonly secretId: string
  readonly secretKey: string
  readonly appId: string
  /** 签名, without its brackets. */
  readonly sign: string
  /** Of a template with two variables: what it is, in six characters, and how many. */
  readonly templateId: string
  /** Numbers of the mainland, `+86…`. */
  readonly to: readonly string[]
  /** So many messages a day in Shanghai, each number counted. */
  readonly dailyLimit: number
  /** Instead of the real one, over plain http. */
  readonly endpoint?: string | undefined
  readonly timeoutMs?: number
}

type Deps = { readonly quota: MessageQuota; readonly clock: Clock }

const CHANNEL = 'sms'
const HOST = 'sms.tencentcloudapi.com'
/** Numbers of the mainland are served by any region. */
const REGION = 'ap-guangzhou'

/**
 * Sends text messages by Tencent Cloud (腾讯云短信), which signs with its own SDK, loaded when there is something to send.
 * A message that one of its numbers gets counts as sent. What may have been sent stays counted against the limit.
 */
export const createTencentSmsSender = (
  options: TencentSmsOptions,
  { quota, clock }: Deps,
): AlertSender & { close(): Promise<void> } => {
  const { to, dailyLimit, timeoutMs = ATTEMPT_MS } = options
  const closing = new AbortController()
  let client: Promise<Client> | undefined
  const send = async (message: AlertMessage, signal: AbortSignal): Promise<AlertAnswer> => {
    const day = { channel: CHANNEL, day: dayNumberOf(clock.now()) }
    if (!(await quota.take(day, to.length, dailyLimit))) return { type: 'refused', reason: 'DAILY_LIMIT' }
    client ??= openClient(options, timeoutMs)
    const request = requestOf(options, message)
    const { answer, unsent } = outcomeOf(await client.then((open) => attempt(open, request, signal)), to.length)
    if (unsent > 0) await quota.giveBack(day, unsent)
    return answer
  }
  return {
    channel: CHANNEL,
    only: 'critical',
    send: (message) => withinTime({ timeoutMs, closing: closing.signal }, (signal) => send(message, signal)),
    close: async () => closing.abort(),
  }
}

const openClient = async ({ secretId, secretKey, endpoint }: TencentSmsOptions, timeoutMs: number): Promise<Client> => {
  const sdk = await import('tencentcloud-sdk-nodejs-sms/tencentcloud/services/sms/v20210111/sms_client.js')
  const httpProfile = { reqTimeout: Math.ceil(timeoutMs / 1000), ...(endpoint !== undefined && elsewhere(endpoint)) }
  return new sdk.Client({ credential: { secretId, secretKey }, region: REGION, profile: { httpProfile } })
}

/** Another server under the real name, as the name is part of what is signed. */
const elsewhere = (endpoint: string) => {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ lookup: (_, options, found) => lookup(hostname, options, found) })
  return { endpoint: `${HOST}:${port || '80'}`, protocol: 'http://', agent }
}

const requestOf = ({ to, appId, sign, templateId }: TencentSmsOptions, { brief, count }: AlertMessage) => ({
  PhoneNumberSet: [...to],
  SmsSdkAppId: appId,
  SignName: sign,
  TemplateId: templateId,
  TemplateParamSet: [brief, String(count)],
})

type Attempt =
  | { readonly type: 'answered'; readonly codes: readonly string[] }
  /** `isDefinite`: it said no, so that nothing was sent. */
  | { readonly type: 'failed'; readonly reason: string; readonly isDefinite: boolean }

const attempt = async (
  client: Client,
  request: ReturnType<typeof requestOf>,
  signal: AbortSignal,
): Promise<Attempt> => {
  try {
    // The method of its own takes no signal. The answer has the SDK's type for what this action gives.
    const response = (await client.request('SendSms', request, { signal })) as SendSmsResponse
    return { type: 'answered', codes: (response.SendStatusSet ?? []).map(({ Code }) => Code ?? 'missing') }
  } catch (error) {
    if (signal.aborted) throw error
    return failureOf(error)
  }
}

/** Codes alone: messages carry numbers and addresses. */
const failureOf = (error: unknown): Attempt => {
  const { code, httpCode } = Object(error) as { readonly code?: unknown; readonly httpCode?: unknown } // As the SDK throws.
  if (typeof code === 'string') return { type: 'failed', reason: wordsOf(code), isDefinite: true }
  const reason = typeof httpCode === 'number' ? `HTTP ${httpCode}` : 'NETWORK_ERROR'
  return { type: 'failed', reason, isDefinite: false }
}

const wordsOf = (code: string): string => code.replace(/\W+/g, ' ').slice(0, 40)

/** `unsent`: what costs nothing for certain. */
const outcomeOf = (made: Attempt, count: number): { readonly answer: AlertAnswer; readonly unsent: number } => {
  if (made.type === 'failed')
    return { answer: { type: 'refused', reason: made.reason }, unsent: made.isDefinite ? count : 0 }
  const refused = made.codes.filter((code) => code !== 'Ok')
  if (refused.length < made.codes.length) return { answer: { type: 'accepted' }, unsent: refused.length }
  return { answer: { type: 'refused', reason: wordsOf(refused[0] ?? 'NO_STATUS') }, unsent: refused.length }
}
