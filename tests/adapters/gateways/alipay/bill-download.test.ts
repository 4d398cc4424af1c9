import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAlipayGateway } from '../../../../src/adapters/gateways/alipay/alipay-gateway.ts'
import type { DownloadTransport } from '../../../../src/adapters/gateways/download-transport.ts'
import type { HttpTransport } from '../../../../src/adapters/gateways/http-transport.ts'
import { BillBrokenOff } from '../../../../src/application/reconciliation/bill-broken-off.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../../../src/domain/shanghai-day.ts'
import { bytesOf } from '../../../support/bill-files.ts'
import { appKey, clock, settings, signedAnswer, withServer } from './fixtures.ts'

const METHOD = 'alipay.data.dataservice.bill.downloadurl.query'
const DAY = parseShanghaiDay('2026-10-02') ?? ('' as ShanghaiDay) // It is a day.
const FILE = Buffer.from('PK a bill')

/** A host of files beside the gateway, and what it was asked for. */
const fileHost = async (answer: (response: ServerResponse) => void) => {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return { url: `http://127.0.0.1:${port}/downloadBillFile.resource?bizType=trade&fileId=%2Ftrade%2F1&token=a`, asked }
}
const success = (answer: object): string => signedAnswer(METHOD, { code: '10000', msg: 'Success', ...answer })

type Asked = Parameters<Parameters<typeof withServer>[1]>[1]
/** The outcome of one download from a gateway that answers this. */
const outcome = (text: string, use: (asked: Asked) => void = () => undefined) =>
  withServer(
    (_, response) => response.end(text),
    async (alipay, asked) => {
      const result = await alipay.downloadBill(DAY)
      use(asked)
      if (result.isErr()) return result.error
      return { ...result.value, content: (await bytesOf(result.value.content)).toString() }
    },
  )

describe('a bill of Alipay', () => {
  it('is asked for and fetched at once from where it lies, as itself', async () => {
    const host = await fileHost((response) => response.end(FILE))
    const bill = await outcome(success({ bill_download_url: host.url }), (asked) => {
      expect(asked.map((params) => params.get('method'))).toEqual([METHOD])
      expect(JSON.parse(asked[0]?.get('biz_content') ?? '')).toEqual({ bill_type: 'trade', bill_date: DAY })
    })
    expect(bill).toEqual({ format: 'alipay_zip', sha1: undefined, content: FILE.toString() })
    expect(host.asked.map(({ url }) => url)).toEqual([
      '/downloadBillFile.resource?bizType=trade&fileId=%2Ftrade%2F1&token=a',
    ])
    expect(host.asked[0]?.headers['user-agent']).toBe('Shouyin/1')
  })

  it.each([
    'isp.bill_not_exist',
    'BILL_NOT_EXIST',
    'isp.bill-not-exist',
    'ACQ.Bill_Not_Exist',
    'NO_BILL_DATA',
    'isv.no-bill-data',
  ])('does not exist where Alipay says %s', async (code) => {
    const text = signedAnswer(METHOD, { code: '40004', msg: 'Business Failed', sub_code: code, sub_msg: '账单不存在' })
    expect(await outcome(text)).toEqual({ code: 'BILL_NOT_EXIST' })
  })

  it('of a day without business may be offered as a file, or not at all', async () => {
    const host = await fileHost((response) => response.end(FILE))
    const empty = { bill_file_code: 'EMPTY_DATA_WITH_BILL_FILE' }
    expect(await outcome(success({ ...empty, bill_download_url: host.url }))).toMatchObject({
      content: FILE.toString(),
    })
    expect(await outcome(success(empty))).toEqual({ code: 'BILL_NOT_EXIST' })
  })

  it.each([
    ['40006', 'isv.insufficient-isv-permissions'],
    ['40004', 'isv.invalid_arguments'],
    ['40004', 'BILL_DATE_BEFORE_REGISTRATION'],
  ])('is refused with %s %s', async (code, gatewayCode) => {
    const text = signedAnswer(METHOD, { code, msg: '', sub_code: gatewayCode, sub_msg: 'why' })
    expect(await outcome(text)).toEqual({ code: 'GATEWAY_REJECTED', gatewayCode, message: 'why' })
  })

  it.each([
    ['an unsigned answer', success({ bill_download_url: 'http://127.0.0.1:9/' }).replace(/,"sign":"[^"]*"/, '')],
    [
      'an answer signed by another',
      signedAnswer(METHOD, { code: '10000', bill_download_url: 'http://127.0.0.1:9/' }, appKey),
    ],
    ['no link', success({})],
    ['a link that is none', success({ bill_download_url: 'ftp://dwbillcenter.alipay.com/x' })],
    ['an endless link', success({ bill_download_url: `http://127.0.0.1:9/${'x'.repeat(2048)}` })],
    ['too many calls', signedAnswer(METHOD, { code: '40004', sub_code: 'USER_RATE_LIMIT' })],
    ['a failure of its own', signedAnswer(METHOD, { code: '20000', sub_code: 'isp.unknow-error' })],
    ['a host that is not there', success({ bill_download_url: 'http://127.0.0.1:9/' })],
  ])('is unavailable by %s', async (_, text) => {
    expect(await outcome(text)).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['redirects', (response) => response.writeHead(302, { location: '/elsewhere' }).end(), 'redirect 302'],
    ['refuses', (response) => response.writeHead(403).end('no'), 'download status 403'],
  ])('is unavailable where the host of files %s', async (_, answer, reason) => {
    const host = await fileHost(answer)
    expect(await outcome(success({ bill_download_url: host.url }))).toEqual({ code: 'GATEWAY_UNAVAILABLE', reason })
    expect(host.asked).toHaveLength(1)
  })

  it('that breaks off is known not to be whole', async () => {
    const host = await fileHost((response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write(FILE, () => response.destroy())
    })
    await expect(outcome(success({ bill_download_url: host.url }))).rejects.toBeInstanceOf(BillBrokenOff)
  })

  it('is asked for with a secure link where the gateway is secure, and no other is followed', async () => {
    const fetched: string[] = []
    const asked: unknown[] = []
    let link = 'https://dwbillcenter.alipay.com/x'
    const transport: HttpTransport = async ({ body }) => {
      asked.push(JSON.parse(new URLSearchParams(body).get('biz_content') ?? ''))
      return ok({ status: 200, headers: {}, body: Buffer.from(success({ bill_download_url: link })) })
    }
    const download: DownloadTransport = async ({ url }) => {
      fetched.push(url)
      return ok({ status: 500, body: undefined })
    }
    const secure = settings({ gatewayUrl: 'https://openapi.alipay.com/gateway.do' })
    const alipay = createAlipayGateway(secure, { clock, transport, download })._unsafeUnwrap()
    expect((await alipay.downloadBill(DAY))._unsafeUnwrapErr()).toMatchObject({ reason: 'download status 500' })
    link = 'http://dwbillcenter.alipay.com/x'
    expect((await alipay.downloadBill(DAY))._unsafeUnwrapErr()).toMatchObject({ code: 'GATEWAY_UNAVAILABLE' })
    expect(asked[0]).toEqual({ bill_type: 'trade', bill_date: DAY, secure: 'true' })
    expect(fetched).toEqual(['https://dwbillcenter.alipay.com/x'])
  })
})
