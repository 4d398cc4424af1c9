import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { Bill, BillError } from '../../../application/payments/payment-gateway.ts'
import type { ShanghaiDay } from '../../../domain/shanghai-day.ts'
import type { Download } from '../download-transport.ts'
import { isRefusedWith, type Refusal, unavailable, type Wire } from './client.ts'
import { read } from './fields.ts'
import type { SdkCall, Sender, Unavailable } from './sender.ts'

const linkSchema = z.object({
  download_url: z.url({ protocol: /^https?$/ }).max(2048),
  hash_type: z.literal('SHA1'),
  hash_value: z.string().regex(/^[0-9A-Fa-f]{40}$/),
})

type Downloaded = Promise<Result<Bill, BillError>>

/** 申请交易账单 and its file: all payments and refunds of a day. */
export const downloadBill = (wire: Wire, fetchFile: Sender<Download>, day: ShanghaiDay): Downloaded =>
  fetched(wire, fetchFile, 'trade bill', (sdk) => sdk.tradebill({ bill_date: day, bill_type: 'ALL', tar_type: 'GZIP' }))

/** 申请资金账单 and its file: all movements of the basic account on a day. */
export const downloadFundFlow = (wire: Wire, fetchFile: Sender<Download>, day: ShanghaiDay): Downloaded =>
  fetched(wire, fetchFile, 'fund-flow bill', (sdk) =>
    sdk.fundflowbill({ bill_date: day, account_type: 'BASIC', tar_type: 'GZIP' }),
  )

const fetched = async (wire: Wire, fetchFile: Sender<Download>, operation: string, call: SdkCall): Downloaded => {
  const answer = await wire.client(operation, call)
  if (answer.isErr()) return err(billError(answer.error))
  const link = read(linkSchema, answer.value)
  if (link.isErr()) return unavailable(`answer ${link.error}`)
  // The file is not signed, but its hash is. The link is good for five minutes, so it is followed at once.
  const sent = await fetchFile((sdk) => sdk.downloadBill(link.value.download_url))
  if (sent.isErr()) return err(sent.error)
  const { status, body } = sent.value
  if (body === undefined) return unavailable(`download status ${status}`)
  return ok({ content: body, format: 'wechat_csv_gzip', sha1: link.value.hash_value.toLowerCase() })
}

const billError = (error: Refusal | Unavailable): BillError => {
  if (error.code === 'GATEWAY_UNAVAILABLE') return error
  if (isRefusedWith(error, 'NOSTATEMENTEXIST')) return { code: 'BILL_NOT_EXIST' }
  if (isRefusedWith(error, 'STATEMENTCREATING')) return { code: 'BILL_NOT_READY' }
  return { code: 'GATEWAY_REJECTED', gatewayCode: error.gatewayCode, message: error.message }
}
