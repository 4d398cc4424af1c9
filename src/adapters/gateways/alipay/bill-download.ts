import { err, ok, type Result } from 'neverthrow'
import type { Bill, BillError } from '../../../application/payments/payment-gateway.ts'
import type { ShanghaiDay } from '../../../domain/shanghai-day.ts'
import type { DownloadTransport } from '../download-transport.ts'
import type { AlipayQuestion } from './client.ts'
import { type CallError, isRefusal, unavailable } from './gateway-code.ts'
import { textOf, type VerifiedAnswer } from './verified-answer.ts'

type DownloadParts = {
  readonly ask: AlipayQuestion
  readonly download: DownloadTransport
  readonly gatewayUrl: string
}

const MAX_LINK_LENGTH = 2048
const USER_AGENT = 'Shouyin/1' // Without one, some are answered 403.
const NO_BUSINESS = 'EMPTY_DATA_WITH_BILL_FILE'

/** The file of all payments and refunds of a day, from wherever Alipay keeps it. */
export const downloadBill = async (
  day: ShanghaiDay,
  { ask, download, gatewayUrl }: DownloadParts,
): Promise<Result<Bill, BillError>> => {
  const isSecure = URL.parse(gatewayUrl)?.protocol === 'https:'
  const answer = await ask('alipay.data.dataservice.bill.downloadurl.query', {
    bill_type: 'trade',
    bill_date: day,
    ...(isSecure && { secure: 'true' }),
  })
  if (answer.isErr()) return err(billError(answer.error))
  const url = linkIn(answer.value, isSecure)
  if (url.isErr()) return err(url.error)
  // The link is good for 30 seconds.
  const sent = await download({ method: 'GET', url: url.value, headers: { 'user-agent': USER_AGENT } })
  if (sent.isErr()) return err(sent.error)
  const { status, body } = sent.value
  if (body === undefined) return err(unavailable(`download status ${status}`))
  return ok({ content: body, format: 'alipay_zip', sha1: undefined })
}

const linkIn = (answer: VerifiedAnswer, isSecure: boolean): Result<string, BillError> => {
  const text = textOf(answer, 'bill_download_url')
  if (text === undefined)
    return err(
      textOf(answer, 'bill_file_code') === NO_BUSINESS
        ? { code: 'BILL_NOT_EXIST' }
        : unavailable('answer without a link'),
    )
  const url = URL.parse(text)
  const isFit = url !== null && text.length <= MAX_LINK_LENGTH && /^https?:$/.test(url.protocol)
  if (!isFit) return err(unavailable('answer with a link that is none'))
  if (isSecure && url.protocol !== 'https:')
    return err(unavailable('answer with a plain link where a secure one was asked for'))
  return ok(text)
}

const billError = (error: CallError): BillError => {
  // Also "too early": only the time of day and our own books tell the two apart.
  if (isRefusal(error, 'BILL_NOT_EXIST', 'NO_BILL_DATA')) return { code: 'BILL_NOT_EXIST' }
  // They pass within a minute.
  if (isRefusal(error, 'SYSTEM_RATE_LIMIT', 'USER_RATE_LIMIT')) return unavailable('too many calls')
  return error
}
