import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WechatFault } from '../../../src/adapters/sandbox/faults.ts'
import { type Sandbox, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { listedCertificates, signedBy, wechatClient } from './wechat-client.ts'

let sandbox: Sandbox
let client: ReturnType<typeof wechatClient>
let keys: ReadonlyMap<string, string>

beforeAll(async () => {
  sandbox = await startSandbox()
  client = wechatClient(sandbox.wechat.credentials)
  keys = listedCertificates(await client.call('GET', '/v3/certificates'), sandbox.wechat.credentials.apiV3Key)
})
afterAll(() => sandbox.stop())

type ApiFault = Extract<
  WechatFault,
  { readonly operation: 'create' | 'query' | 'close' | 'refund' | 'refund_query' | 'certificates' }
>

/** Places an order while one thing goes wrong, and says what came of it. */
const createWith = async (kind: Exclude<ApiFault['kind'], 'delay'>) => {
  const order = client.order()
  sandbox.wechat.faults.add({ operation: 'create', kind, outTradeNo: order.out_trade_no } as WechatFault) // Any pair fits.
  const answer = await client.post('/v3/pay/transactions/native', order).catch(() => undefined)
  const serial = answer?.headers['wechatpay-serial'] ?? ''
  const key = keys.get(serial)
  return {
    answer,
    took: sandbox.wechat.find(order.out_trade_no) !== undefined,
    holds: key !== undefined && signedBy(answer?.headers ?? {}, answer?.text ?? '', key),
  }
}

describe('on demand the WeChat Pay sandbox', () => {
  it.each(['cut_before', 'error_500_before', 'html_502', 'rate_limited'] as const)('does nothing: %s', async (kind) => {
    expect((await createWith(kind)).took).toBe(false)
  })

  it.each([
    'cut_after',
    'error_500_after',
    'unsigned',
    'bad_signature',
    'truncated',
    'stale_timestamp',
    'unknown_serial',
    'probe',
  ] as const)('does its work all the same: %s', async (kind) => {
    expect((await createWith(kind)).took).toBe(true)
  })

  it('cuts the connection without an answer', async () => {
    expect((await createWith('cut_before')).answer).toBeUndefined()
    expect((await createWith('cut_after')).answer).toBeUndefined()
  })

  it('answers with errors', async () => {
    expect((await createWith('error_500_before')).answer).toMatchObject({ status: 500, json: { code: 'SYSTEM_ERROR' } })
    expect((await createWith('error_500_after')).answer).toMatchObject({ status: 500, json: { code: 'SYSTEM_ERROR' } })
    expect((await createWith('rate_limited')).answer).toMatchObject({
      status: 429,
      json: { code: 'FREQUENCY_LIMITED' },
    })
    expect((await createWith('html_502')).answer).toMatchObject({
      status: 502,
      headers: { 'content-type': 'text/html' },
    })
  })

  it('spoils signatures', async () => {
    const spoilt = await Promise.all(
      (['unsigned', 'bad_signature', 'truncated', 'unknown_serial', 'probe'] as const).map(createWith),
    )
    expect(spoilt.map(({ answer, holds }) => [answer?.status, holds])).toEqual(
      Array.from({ length: 5 }, () => [200, false]),
    )
    expect(spoilt[4]?.answer?.headers['wechatpay-signature']).toMatch(/^WECHATPAY\/SIGNTEST\//)
    const stale = await createWith('stale_timestamp')
    expect(stale.holds).toBe(true)
    expect(Date.now() / 1000 - Number(stale.answer?.headers['wechatpay-timestamp'])).toBeGreaterThan(300)
  })

  it('keeps a caller waiting after the effect, for a while or for ever', async () => {
    const slow = client.order()
    sandbox.wechat.faults.add({ operation: 'create', kind: 'delay', ms: 30, outTradeNo: slow.out_trade_no })
    expect((await client.post('/v3/pay/transactions/native', slow)).status).toBe(200)
    const order = client.order()
    sandbox.wechat.faults.add({ operation: 'create', kind: 'hang', outTradeNo: order.out_trade_no })
    const hanging = client.post('/v3/pay/transactions/native', order).catch(() => 'cut')
    await expect.poll(() => sandbox.wechat.find(order.out_trade_no)?.state).toBe('NOTPAY')
    const other = await Promise.race([hanging, client.create().then(() => 'another call went through')])
    expect(other).toBe('another call went through')
  })

  it('does so as often as asked, for the operation and trade asked, until it is cleared', async () => {
    const order = client.order()
    await client.post('/v3/pay/transactions/native', order)
    sandbox.wechat.faults.add({
      operation: 'query',
      kind: 'error_500_before',
      times: 2,
      outTradeNo: order.out_trade_no,
    })
    const status = async (number: string) => (await client.query(number)).status
    expect(await status('T00000000')).toBe(404)
    expect([await status(order.out_trade_no), await status(order.out_trade_no)]).toEqual([500, 500])
    expect(await status(order.out_trade_no)).toBe(200)
    sandbox.wechat.faults.add({ operation: 'query', kind: 'error_500_before' })
    sandbox.wechat.faults.clear()
    expect(await status(order.out_trade_no)).toBe(200)
  })
})
