import { createPublicKey, verify } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BillBrokenOff } from '../../../../src/application/reconciliation/bill-broken-off.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../../../src/domain/shanghai-day.ts'
import { bytesOf } from '../../../support/bill-files.ts'
import { type Call, data, MCH_ID, ok, privateKeyOf, raw, refusal, type Reply, standIn } from './stand-in.ts'

const DAY = parseShanghaiDay('2024-06-10') ?? ('' as ShanghaiDay) // It is a day.
const SHA1 = '79bb0f45fc4c42234a918000b2668d689e2bde04'
const FILE = gzipSync('交易时间')
const PATH = '/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG2uY2wMMR8cNXqaA_Cv%2F&tartype=gzip'
const link = (overrides: object = {}) => ({
  download_url: `https://api.mch.weixin.qq.com${PATH}`,
  hash_type: 'SHA1',
  hash_value: SHA1.toUpperCase(),
  ...overrides,
})
const file = (response: ServerResponse): void =>
  void response.writeHead(200, { 'content-type': 'application/x-gzip' }).end(FILE)

type Answer = Reply | ((response: ServerResponse) => void)
/** A gateway that answers the question and then the download. */
const asked = (answer: Answer, download: Answer = file) =>
  standIn(({ url }) => (url.startsWith('/v3/bill/') ? answer : download))

/** Whether the merchant signed exactly this request. */
const isSigned = ({ method, url, headers, body }: Call): boolean => {
  const fields = Object.fromEntries(
    [...String(headers.authorization).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
  const message = `${method}\n${url}\n${fields.timestamp}\n${fields.nonce_str}\n${body}\n`
  const key = createPublicKey(privateKeyOf('java-merchant'))
  return (
    fields.mchid === MCH_ID &&
    verify('RSA-SHA256', Buffer.from(message), key, Buffer.from(fields.signature ?? '', 'base64'))
  )
}

describe('a bill of WeChat Pay', () => {
  it('is asked for, and fetched from the gateway’s own origin with a signature over the whole query', async () => {
    const { gateway, calls } = await asked(ok(link()))
    const bill = (await gateway.downloadBill(DAY))._unsafeUnwrap()
    expect([bill.format, bill.sha1]).toEqual(['wechat_csv_gzip', SHA1])
    expect((await bytesOf(bill.content)).equals(FILE)).toBe(true)
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v3/bill/tradebill?bill_date=2024-06-10&bill_type=ALL&tar_type=GZIP',
      `GET ${PATH}`,
    ])
    expect(calls.map(isSigned)).toEqual([true, true])
    const vector = data.vectors.find(({ id }) => id === 'request-sign-get-tradebill')
    expect(vector?.url_path).toBe(calls[0]?.url)
  })

  it('of the balance is asked for by its account, and fetched alike', async () => {
    const { gateway, calls } = await asked(ok(link()))
    const bill = (await gateway.fundFlow?.downloadFundFlow(DAY))?._unsafeUnwrap()
    expect(bill !== undefined && (await bytesOf(bill.content)).equals(FILE)).toBe(true)
    expect(calls.map(({ url }) => url)).toEqual([
      '/v3/bill/fundflowbill?account_type=BASIC&bill_date=2024-06-10&tar_type=GZIP',
      PATH,
    ])
  })

  it.each<[string, object]>([
    ['NO_STATEMENT_EXIST', { code: 'BILL_NOT_EXIST' }],
    ['NOSTATEMENTEXIST', { code: 'BILL_NOT_EXIST' }],
    ['STATEMENT_CREATING', { code: 'BILL_NOT_READY' }],
    ['PARAM_ERROR', { code: 'GATEWAY_REJECTED', gatewayCode: 'PARAM_ERROR', message: 'no' }],
    ['INVALID_REQUEST', { code: 'GATEWAY_REJECTED', gatewayCode: 'INVALID_REQUEST', message: 'no' }],
  ])('is refused with %s and nothing is fetched', async (code, error) => {
    const { gateway, calls } = await asked(refusal(400, code))
    expect((await gateway.downloadBill(DAY))._unsafeUnwrapErr()).toEqual(error)
    expect((await gateway.fundFlow?.downloadFundFlow(DAY))?._unsafeUnwrapErr()).toEqual(error)
    expect(calls).toHaveLength(2)
  })

  it.each<[string, Answer]>([
    [
      'with a wrong signature',
      raw(JSON.stringify(link()), { by: 'go-platform', serial: 'PUB_KEY_ID_0112345678912024061000000000000001' }),
    ],
    ['without a signature', { status: 200, body: JSON.stringify(link()) }],
    ['with an error of its own', refusal(500, 'SYSTEM_ERROR')],
    ['with a link to somewhere that is no web page', ok(link({ download_url: 'file:///etc/passwd' }))],
    ['without a link', ok({ hash_type: 'SHA1', hash_value: SHA1 })],
    ['with a hash of another kind', ok(link({ hash_type: 'SHA256' }))],
    ['with a hash that is none', ok(link({ hash_value: 'x' }))],
  ])('is not fetched where the gateway answers %s', async (_, answer) => {
    const { gateway, calls } = await asked(answer)
    expect((await gateway.downloadBill(DAY))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
    expect(calls).toHaveLength(1)
  })

  it.each<[string, Answer, string]>([
    ['is redirected', { status: 302, headers: { location: '/elsewhere' } }, 'redirect 302'],
    ['is refused', refusal(401, 'SIGN_ERROR'), 'download status 401'],
    ['fails', { status: 503 }, 'download status 503'],
  ])('is unavailable where its download %s', async (_, download, reason) => {
    const { gateway, calls } = await asked(ok(link()), download)
    expect((await gateway.downloadBill(DAY))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE', reason })
    expect(calls).toHaveLength(2)
  })

  it('that breaks off is known not to be whole', async () => {
    const { gateway } = await asked(ok(link()), (response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write(FILE, () => response.destroy())
    })
    const bill = (await gateway.downloadBill(DAY))._unsafeUnwrap()
    await expect(bytesOf(bill.content)).rejects.toBeInstanceOf(BillBrokenOff)
  })
})
