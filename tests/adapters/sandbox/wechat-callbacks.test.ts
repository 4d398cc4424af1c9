import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  makeSandboxKeys,
  type Sandbox,
  type SandboxKeys,
  type SandboxOptions,
  startSandbox,
} from '../../../src/adapters/sandbox/sandbox.ts'
import { type Answer, startMerchant } from './merchant.ts'
import { listedCertificates, objectIn, openedCallback, signedBy, unseal, wechatClient } from './wechat-client.ts'

let keys: SandboxKeys
beforeAll(async () => {
  keys = await makeSandboxKeys()
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const start = async (options: SandboxOptions = {}, ordinary: Answer = { status: 200 }) => {
  const sandbox = await startSandbox({ callbackSpeed: 1_000_000, keys, ...options })
  const merchant = await startMerchant(ordinary)
  stops.push(merchant.stop, sandbox.stop)
  const client = wechatClient(sandbox.wechat.credentials)
  const order = client.order({ notify_url: `${merchant.url}/notify/wechat` })
  await client.post('/v3/pay/transactions/native', order)
  return { sandbox, merchant, client, order }
}

const certificates = async ({ sandbox, client }: Pick<Awaited<ReturnType<typeof start>>, 'sandbox' | 'client'>) =>
  listedCertificates(await client.call('GET', '/v3/certificates'), sandbox.wechat.credentials.apiV3Key)

describe('a payment callback of the WeChat Pay sandbox', () => {
  it('is signed by a listed certificate and opens with the APIv3 key', async () => {
    const { sandbox, merchant, client, order } = await start()
    const { transactionId } = await sandbox.wechat.pay(order.out_trade_no)
    await sandbox.wechat.callbacksSettled()
    expect(merchant.received).toHaveLength(1)
    const [{ url, headers, body } = { url: '', headers: {}, body: '' }] = merchant.received
    const serial = String(headers['wechatpay-serial'])
    const known = await certificates({ sandbox, client })
    expect(url).toBe('/notify/wechat')
    expect(signedBy(headers, body, known.get(serial) ?? '')).toBe(true)
    expect(objectIn(body)).toMatchObject({
      event_type: 'TRANSACTION.SUCCESS',
      resource: { original_type: 'transaction' },
    })
    expect(openedCallback(body, sandbox.wechat.credentials.apiV3Key)).toMatchObject({
      appid: order.appid,
      mchid: order.mchid,
      out_trade_no: order.out_trade_no,
      transaction_id: transactionId,
      trade_state: 'SUCCESS',
      amount: { total: 9900, payer_total: 9900, currency: 'CNY', payer_currency: 'CNY' },
    })
  })

  it('is resent on the whole schedule to a merchant that refuses it, signed afresh each time', async () => {
    const { sandbox, merchant, order } = await start({}, { status: 500 })
    await sandbox.wechat.pay(order.out_trade_no)
    await sandbox.wechat.callbacksSettled()
    expect(merchant.received).toHaveLength(16)
    expect(new Set(merchant.received.map(({ headers }) => headers['wechatpay-nonce'])).size).toBe(16)
    expect(new Set(merchant.received.map(({ body }) => objectIn(body)['id'])).size).toBe(1)
    expect(sandbox.wechat.trades()[0]?.callbacks).toHaveLength(16)
    expect(sandbox.wechat.trades()[0]?.callbacks[0]).toMatchObject({ status: 500 })
  })

  it('stops with the first 200 or 204, whatever else the answer says', async () => {
    const { sandbox, merchant, order } = await start()
    merchant.answers.push({ status: 401 }, { status: 302 }, { status: 204 })
    await sandbox.wechat.pay(order.out_trade_no)
    await sandbox.wechat.callbacksSettled()
    expect(sandbox.wechat.trades()[0]?.callbacks).toMatchObject([{ status: 401 }, { status: 302 }, { status: 204 }])
  })

  it('never leaves this machine', async () => {
    const { sandbox, client } = await start()
    const order = client.order({ notify_url: 'https://pay.example.com/notify' })
    await client.post('/v3/pay/transactions/native', order)
    await sandbox.wechat.pay(order.out_trade_no)
    await sandbox.wechat.callbacksSettled()
    const attempts = sandbox.wechat.find(order.out_trade_no)?.callbacks ?? []
    expect(attempts).toHaveLength(16)
    expect(attempts[0]).toMatchObject({ error: expect.stringContaining('loopback') })
  })

  it('comes twice, late, forged first or not at all when asked to', async () => {
    const { sandbox, merchant, client } = await start()
    const pay = async (fault: Parameters<typeof sandbox.wechat.faults.add>[0]) => {
      merchant.received.length = 0
      const order = client.order({ notify_url: merchant.url })
      await client.post('/v3/pay/transactions/native', order)
      sandbox.wechat.faults.add(fault)
      await sandbox.wechat.pay(order.out_trade_no)
      await sandbox.wechat.callbacksSettled()
      const known = await certificates({ sandbox, client })
      return merchant.received.map(({ headers, body }) =>
        signedBy(headers, body, known.get(String(headers['wechatpay-serial'])) ?? ''),
      )
    }
    expect(await pay({ operation: 'callback', kind: 'twice' })).toEqual([true, true])
    expect(await pay({ operation: 'callback', kind: 'late', ms: 20 })).toEqual([true])
    expect(await pay({ operation: 'callback', kind: 'forged' })).toEqual([false, true])
    expect(await pay({ operation: 'callback', kind: 'never' })).toEqual([])
    expect(await pay({ operation: 'callback', kind: 'never', outTradeNo: 'another' })).toEqual([true])
  })

  it('is signed by the key that the prepay call asked for, or as the share of the public key says', async () => {
    const { sandbox, merchant, client } = await start()
    const { publicKeyId, publicKey } = sandbox.wechat.credentials
    const pay = async (headers: Record<string, string>) => {
      const order = client.order({ notify_url: merchant.url })
      await client.post('/v3/pay/transactions/native', order, { headers })
      await sandbox.wechat.pay(order.out_trade_no)
      await sandbox.wechat.callbacksSettled()
      return merchant.received.at(-1)
    }
    const callback = await pay({ 'Wechatpay-Serial': publicKeyId })
    expect(callback?.headers['wechatpay-serial']).toBe(publicKeyId)
    expect(signedBy(callback?.headers ?? {}, callback?.body ?? '', publicKey)).toBe(true)
    sandbox.wechat.configure({ publicKeyCallbackPercent: 0 })
    expect((await pay({ 'Wechatpay-Serial': publicKeyId }))?.headers['wechatpay-serial']).not.toBe(publicKeyId)
    sandbox.wechat.configure({ publicKeyCallbackPercent: 100 })
    expect((await pay({}))?.headers['wechatpay-serial']).toBe(publicKeyId)
  })
})

describe('a callback that the WeChat Pay sandbox builds without sending', () => {
  let sandbox: Sandbox
  let listed: ReadonlyMap<string, string>
  beforeAll(async () => {
    sandbox = await startSandbox({ keys })
    await sandbox.wechat.rotateCertificate('announce')
    await sandbox.wechat.rotateCertificate('use')
    listed = await certificates({ sandbox, client: wechatClient(sandbox.wechat.credentials) })
    return sandbox.stop
  })

  const check = ({ headers, body }: ReturnType<Sandbox['wechat']['notification']>) => {
    const text = body.toString('utf8')
    const { publicKey, publicKeyId, apiV3Key } = sandbox.wechat.credentials
    const serial = headers['Wechatpay-Serial'] ?? ''
    const key = serial === publicKeyId ? publicKey : listed.get(serial)
    const opened = (): Readonly<Record<string, unknown>> => openedCallback(text, apiV3Key)
    return { text, known: key !== undefined, holds: key !== undefined && signedBy(headers, text, key), opened }
  }

  it('says what it is told to and is genuine', () => {
    const { holds, opened } = check(
      sandbox.wechat.notification({ outTradeNo: 'T00000001', total: 1234, appId: 'wxother', tradeState: 'SUCCESS' }),
    )
    expect(holds).toBe(true)
    expect(opened()).toMatchObject({ out_trade_no: 'T00000001', appid: 'wxother', amount: { total: 1234 } })
  })

  it('tells of a refund without currency and application', () => {
    const { holds, text, opened } = check(
      sandbox.wechat.refundNotification({ outTradeNo: 'T00000001', outRefundNo: 'R1', refund: 30, total: 100 }),
    )
    expect(holds).toBe(true)
    expect(objectIn(text)['event_type']).toBe('REFUND.SUCCESS')
    expect(opened()).toMatchObject({ out_refund_no: 'R1', refund_status: 'SUCCESS' })
    expect(opened()['amount']).toEqual({ total: 100, refund: 30, payer_total: 100, payer_refund: 30 })
    expect(opened()['appid']).toBeUndefined()
  })

  it.each([
    { signWith: 'public_key' },
    { signWith: 'old_certificate' },
    { whitespace: true },
    { escapedSlashes: true },
  ] as const)('holds with %o', (damage) => {
    const { holds, opened } = check(sandbox.wechat.notification({ total: 5 }, damage))
    expect(holds).toBe(true)
    expect(opened()).toMatchObject({ amount: { total: 5 } })
  })

  it.each([{ signWith: 'foreign_key' }, { probe: true }, { bodySuffix: ' ' }] as const)(
    'does not hold with %o',
    (damage) => {
      const built = sandbox.wechat.notification({}, damage)
      expect(check(built)).toMatchObject({ known: true, holds: false })
    },
  )

  it('names a serial that nobody knows', () => {
    expect(check(sandbox.wechat.notification({}, { serial: 'ABCDEF' })).known).toBe(false)
  })

  it.each([{ badTag: true }, { wrongApiKey: true }, { aadMismatch: true }])('cannot be opened with %o', (damage) => {
    const { holds, opened } = check(sandbox.wechat.notification({}, damage))
    expect(holds).toBe(true)
    expect(opened).toThrow('authenticate')
  })

  it('is signed at another moment', () => {
    const { headers } = sandbox.wechat.notification({}, { timestampOffsetSeconds: -301 })
    expect(Date.now() / 1000 - Number(headers['Wechatpay-Timestamp'])).toBeGreaterThan(300)
  })

  it('leaves the ledger alone', () => {
    sandbox.wechat.notification({ outTradeNo: 'T00000009' })
    expect(sandbox.wechat.find('T00000009')).toBeUndefined()
  })
})

describe('the certificates of the WeChat Pay sandbox', () => {
  it('are announced, used and dropped one after the other', async () => {
    const { sandbox, client } = await start()
    const [first = ''] = (await certificates({ sandbox, client })).keys()
    const signer = async () => (await client.create()).headers['wechatpay-serial']
    await sandbox.wechat.rotateCertificate('announce')
    const both = [...(await certificates({ sandbox, client })).keys()]
    const second = both[1] ?? ''
    expect(both).toEqual([first, expect.stringMatching(/^[0-9A-F]{40}$/)])
    expect(await signer()).toBe(first)
    await sandbox.wechat.rotateCertificate('use')
    expect(await signer()).toBe(second)
    await sandbox.wechat.rotateCertificate('drop')
    expect([...(await certificates({ sandbox, client })).keys()]).toEqual([second])
  })

  it('are not to be had by a merchant that has only the public key', async () => {
    const { client, sandbox } = await start({ wechatKeys: 'public_key' })
    const answer = await client.call('GET', '/v3/certificates')
    expect([answer.status, answer.json['code']]).toEqual([404, 'RESOURCE_NOT_EXISTS'])
    expect((await client.create()).headers['wechatpay-serial']).toBe(sandbox.wechat.credentials.publicKeyId)
  })

  it('sign everything where the merchant has no public key', async () => {
    const { client, sandbox } = await start({ wechatKeys: 'certificates' })
    const answer = await client.post('/v3/pay/transactions/native', client.order(), {
      headers: { 'Wechatpay-Serial': sandbox.wechat.credentials.publicKeyId },
    })
    expect((await certificates({ sandbox, client })).has(answer.headers['wechatpay-serial'] ?? '')).toBe(true)
  })

  it('are sealed one by one', async () => {
    const { client, sandbox } = await start()
    const { json } = await client.call('GET', '/v3/certificates?algorithm_type=RSA')
    const [entry] = Array.isArray(json['data']) ? json['data'] : []
    const sealed: unknown = Reflect.get(entry, 'encrypt_certificate')
    expect(unseal(sealed, sandbox.wechat.credentials.apiV3Key)).toMatch(/^-----BEGIN CERTIFICATE-----\n/)
    expect(() => unseal(sealed, 'x'.repeat(32))).toThrow('authenticate')
  })
})
