import { ok } from 'neverthrow'
import { afterEach, describe, expect, it } from 'vitest'
import { signNotification } from '../../../src/adapters/memory/fake-notification.ts'
import type { HandledNotification } from '../../../src/application/notifications/handle-notification.ts'
import type { GatewayNotification, RawNotification } from '../../../src/application/payments/payment-gateway.ts'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { fen } from '../../../src/domain/money.ts'
import { rawRequest } from './raw-request.ts'
import { NOW, type Reply, type Service, type ServiceOptions, startService, tokenFor } from './service.ts'

let service: Service
afterEach(() => service.stop())

type Gateway = 'wechat' | 'alipay'
const GATEWAYS = ['wechat', 'alipay'] as const

const notify = (provider: string, { headers, body }: RawNotification, place = 'notify'): Promise<Reply> =>
  service.call('POST', `/api/v1/payments/${provider}/${place}`, {
    raw: new Uint8Array(body),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? ''])),
  })

const junk = (body: string, headers: RawNotification['headers'] = {}): RawNotification => ({
  headers,
  body: Buffer.from(body),
})

/** A service with a payment of u1 that its payer has paid, and what the gateway sends about it. */
const paid = async (provider: Gateway, options: ServiceOptions = {}) => {
  const { order, payment, method, create, read } = await unpaid(provider, options)
  const receipt = service.gateways[provider].pay(payment.outTradeNo)
  const message = service.gateways[provider].paymentNotification(payment.outTradeNo)
  return { order, payment, receipt, message, method, create, read }
}

const unpaid = async (provider: Gateway, options: ServiceOptions = {}) => {
  service = await startService(options)
  const token = await tokenFor('u1')
  const order = await service.order(token, (await service.sell()).id)
  const method = provider === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR'
  const create = (which: Gateway) =>
    service.call('POST', `/api/v1/payments/${which}/create`, {
      token,
      body: { orderId: order.id, method: which === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR' },
    })
  const { payment } = (await create(provider)).json.data
  const read = async () => (await service.call('GET', `/api/v1/orders/${order.id}`, { token })).json.data
  return { order, payment, method, create, read }
}

const expectAccepted = (provider: Gateway, { status, text, headers }: Reply): void => {
  expect([status, text]).toEqual(provider === 'alipay' ? [200, 'success'] : [204, ''])
  expect(headers.get('content-type')).toBe(provider === 'alipay' ? 'text/plain; charset=utf-8' : null)
}

const expectRefused = (provider: Gateway, status: number, { status: actual, text, json }: Reply): void => {
  expect(actual).toBe(status)
  if (provider === 'alipay') expect(text).toBe('fail')
  else expect(json).toEqual({ code: 'FAIL', message: expect.stringMatching(/./) })
}

describe.each(GATEWAYS)('a notification of %s', (provider) => {
  it('from an address that is not on its list is refused unread, one that is goes through', async () => {
    const { message, read } = await paid(provider, { deps: { notifyAllowedIps: { [provider]: ['10.0.0.0/8'] } } })
    expectRefused(provider, 403, await notify(provider, message))
    expect((await read()).status).toBe('pending')
    await service.stop()
    const allowed = await paid(provider, { deps: { notifyAllowedIps: { [provider]: ['127.0.0.0/8', '::1'] } } })
    expectAccepted(provider, await notify(provider, allowed.message))
  })

  it('settles, is acknowledged, and is acknowledged again without doing anything', async () => {
    const { message, read } = await paid(provider)
    expectAccepted(provider, await notify(provider, message))
    expect((await read()).status).toBe('paid')
    expectAccepted(provider, await notify(provider, message))
    expect(service.verdicts).toEqual([`${provider} settled`, `${provider} repeated`])
  })

  it('is acknowledged on the refunds’ address too', async () => {
    const { message, read } = await paid(provider)
    expectAccepted(provider, await notify(provider, message, 'refund/notify'))
    expect((await read()).status).toBe('paid')
  })

  it('settles once of fifty at once', async () => {
    const { message, read } = await paid(provider)
    for (const reply of await Promise.all(Array.from({ length: 50 }, () => notify(provider, message))))
      expectAccepted(provider, reply)
    expect((await read()).status).toBe('paid')
    expect(service.verdicts.filter((verdict) => verdict.endsWith(' settled'))).toHaveLength(1)
    expect(service.verdicts).toHaveLength(50)
  })

  it('is refused unsigned, wrongly signed, or with one byte changed, and the order stays as it is', async () => {
    const { message, read, order } = await paid(provider)
    const signature = message.headers['x-fake-signature'] ?? ''
    expectRefused(provider, 401, await notify(provider, { ...message, headers: {} }))
    expectRefused(provider, 401, await notify(provider, { ...message, headers: { 'x-fake-signature': 'no' } }))
    const changed = new Uint8Array(message.body)
    changed[10] = (changed[10] ?? 0) ^ 1
    expectRefused(provider, 401, await notify(provider, { headers: message.headers, body: changed }))
    expectRefused(provider, 401, await notify(provider, junk('')))
    expect(await read()).toEqual(order)
    expect(service.verdicts.every((verdict) => verdict === `${provider} refused`)).toBe(true)
    expect(JSON.stringify(service.logs)).not.toContain(signature)
  })

  it('is accepted where its order was paid by other means: the money goes back', async () => {
    const { payment: first, create, read } = await unpaid(provider)
    const other = provider === 'wechat' ? 'alipay' : 'wechat'
    const { payment } = (await create(other)).json.data
    service.gateways[provider].pay(first.outTradeNo)
    const message = service.gateways[provider].paymentNotification(first.outTradeNo)
    service.gateways[other].pay(payment.outTradeNo)
    expectAccepted(other, await notify(other, service.gateways[other].paymentNotification(payment.outTradeNo)))
    expectAccepted(provider, await notify(provider, message))
    expect(service.verdicts).toEqual([`${other} settled`, `${provider} surplus`])
    expect((await read()).paymentId).toBe(payment.id)
  })

  it('that never came keeps nobody from being told that the order is paid already', async () => {
    const { create, read, payment } = await paid(provider)
    const again = await create(provider === 'wechat' ? 'alipay' : 'wechat')
    expect([again.status, again.json.code]).toEqual([409, 'DUPLICATE_PAYMENT'])
    expect(await read()).toMatchObject({ status: 'paid', paymentId: payment.id })
  })

  const written = async (change: (message: GatewayNotification) => GatewayNotification) => {
    const { message, read, order } = await paid(provider)
    const original: GatewayNotification = JSON.parse(Buffer.from(message.body).toString())
    const reply = await notify(provider, signNotification(change(original), 'fake'))
    return { reply, after: await read(), order }
  }

  it('is a conflict where it names another amount, and the order stays as it is', async () => {
    const { reply, after, order } = await written((message) =>
      message.kind === 'payment_succeeded' ? { ...message, receipt: { ...message.receipt, amount: fen(1) } } : message,
    )
    expectRefused(provider, 409, reply)
    expect(after).toEqual(order)
    expect(service.logs.some(({ level, verdict }) => level === 'warn' && verdict === 'amount_mismatch')).toBe(true)
  })

  it('is unusable where it is for another merchant', async () => {
    const identity = { merchantId: 'other', appId: 'fake-app' }
    const { reply, after, order } = await written((message) =>
      message.kind === 'payment_succeeded' ? { ...message, receipt: { ...message.receipt, identity } } : message,
    )
    expectRefused(provider, 400, reply)
    expect(after).toEqual(order)
  })

  it('is accepted where nobody knows its order, and a person is told', async () => {
    const { reply } = await written((message) =>
      message.kind === 'payment_succeeded'
        ? { ...message, receipt: { ...message.receipt, outTradeNo: 'P20260301UNKNOWN' } }
        : message,
    )
    expectAccepted(provider, reply)
    expect(service.verdicts).toEqual([`${provider} unknown_order`])
    expect(service.logs.some(({ level, outTradeNo }) => level === 'warn' && outTradeNo === 'P20260301UNKNOWN')).toBe(
      true,
    )
  })

  it('is accepted where it is about something else', async () => {
    const { reply, after, order } = await written(() => ({
      kind: 'other',
      notificationId: 'n1',
      eventAt: NOW,
      outTradeNo: undefined,
      description: 'WAIT_BUYER_PAY',
    }))
    expectAccepted(provider, reply)
    expect(after).toEqual(order)
  })

  it('is to be sent again while the store is down, and then settles', async () => {
    let down = true
    const { message, read } = await paid(provider, {
      deps: (usual) => ({
        handleNotification: async (...given) => {
          if (down) throw new StoreUnavailable('down')
          return usual.handleNotification(...given)
        },
      }),
    })
    expectRefused(provider, 503, await notify(provider, message))
    expect((await read()).status).toBe('pending')
    down = false
    expectAccepted(provider, await notify(provider, message))
    expect((await read()).status).toBe('paid')
  })

  it('is to be sent again where something breaks', async () => {
    const { message } = await paid(provider, {
      deps: {
        handleNotification: async () => {
          throw new Error('a bug')
        },
      },
    })
    expectRefused(provider, 503, await notify(provider, message))
    expect(service.logs.some(({ level }) => level === 'error')).toBe(true)
  })

  it('is answered in time even where booking takes too long, and is booked all the same', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { message, read } = await paid(provider, {
      deps: (usual) => ({
        timings: { notificationDeadlineMs: 20 },
        handleNotification: async (...given) => {
          await held
          return usual.handleNotification(...given)
        },
      }),
    })
    expectRefused(provider, 503, await notify(provider, message))
    release()
    await expect.poll(async () => (await read()).status).toBe('paid')
  })

  const ALL = {
    settled: 'accepted',
    repeated: 'accepted',
    surplus: 'accepted',
    late: 'accepted',
    honoured: 'accepted',
    refund_settled: 'accepted',
    recorded: 'accepted',
    unknown_order: 'accepted',
    amount_mismatch: 409,
    foreign_identity: 400,
    unreadable: 400,
    refused: 401,
  } as const satisfies Record<Exclude<HandledNotification['verdict'], 'not_configured'>, 'accepted' | number>

  it.each(Object.entries(ALL))('is answered for the verdict %s', async (verdict, answer) => {
    const handled = { verdict, outTradeNo: undefined, reason: 'x', signed: false } as HandledNotification // Each has its own extras.
    service = await startService({ deps: { handleNotification: async () => handled } })
    const reply = await notify(provider, junk('{}'))
    if (answer === 'accepted') expectAccepted(provider, reply)
    else expectRefused(provider, answer, reply)
    expect(service.verdicts).toEqual([`${provider} ${verdict}`])
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })

  it('is taken whatever its content type, and handed on byte for byte', async () => {
    const seen: RawNotification[] = []
    service = await startService({
      deps: {
        handleNotification: async (_, raw) => {
          seen.push(raw)
          return { verdict: 'recorded', outTradeNo: undefined }
        },
      },
    })
    const body = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x7d])
    for (const type of [
      'application/json',
      'text/plain;;;',
      'application/x-www-form-urlencoded; text/html; charset=utf-8',
      '',
    ])
      expectAccepted(provider, await notify(provider, { headers: { 'content-type': type, 'X-Mixed': 'Case' }, body }))
    for (const raw of seen) {
      expect(Buffer.from(raw.body)).toEqual(body)
      expect(raw.headers['x-mixed']).toBe('Case')
    }
  })

  it('loses a header that came twice', async () => {
    const seen: RawNotification['headers'][] = []
    service = await startService({
      deps: {
        handleNotification: async (_, raw) => {
          seen.push(raw.headers)
          return { verdict: 'recorded', outTradeNo: undefined }
        },
      },
    })
    const text = await rawRequest(
      service.origin,
      `POST /api/v1/payments/${provider}/notify HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n` +
        'Wechatpay-Signature: a\r\nwechatpay-signature: b\r\nWechatpay-Nonce: n\r\n\r\n{}',
    )
    expect(text).toMatch(/^HTTP\/1\.1 20/)
    expect(seen[0]?.['wechatpay-nonce']).toBe('n')
    expect(seen[0]?.['wechatpay-signature']).toBeUndefined()
  })

  it('is refused too large, and by any other method, in the gateway’s own words', async () => {
    service = await startService({
      deps: { handleNotification: async () => ({ verdict: 'recorded', outTradeNo: undefined }) },
    })
    expectAccepted(provider, await notify(provider, junk('x'.repeat(65_536))))
    expectRefused(provider, 413, await notify(provider, junk('x'.repeat(65_537))))
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      for (const place of ['notify', 'refund/notify']) {
        const reply = await fetch(`${service.origin}/api/v1/payments/${provider}/${place}`, { method })
        const text = await reply.text()
        expect([method, reply.status, reply.headers.get('allow')]).toEqual([method, 405, 'POST'])
        expect(text).toBe(provider === 'alipay' ? 'fail' : '{"code":"FAIL","message":"只接受 POST"}')
      }
  })

  it('is a problem where the provider is not configured', async () => {
    service = await startService({ configured: [] })
    const reply = await notify(provider, junk('{}'))
    expect([reply.status, reply.json.code]).toEqual([409, 'PROVIDER_NOT_CONFIGURED'])
    expect(service.verdicts).toEqual([`${provider} not_configured`])
  })

  it('that never ends is answered in time and given up', async () => {
    service = await startService({ deps: { timings: { notificationDeadlineMs: 20 } } })
    const text = await rawRequest(
      service.origin,
      `POST /api/v1/payments/${provider}/notify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half":`,
      /\r\n\r\n/,
    )
    expect(text).toMatch(/^HTTP\/1\.1 503/)
  })
})

describe('a notification', () => {
  it('of a provider nobody knows has no place', async () => {
    service = await startService()
    const reply = await notify('paypal', junk('{}'))
    expect([reply.status, reply.json.code]).toEqual([404, 'PROVIDER_NOT_FOUND'])
    const points = await notify('points', junk('{}'))
    expect([points.status, points.json.code]).toEqual([409, 'PROVIDER_NOT_CONFIGURED'])
  })

  it('about a refund settles the refund', async () => {
    const { message, payment } = await paid('wechat')
    await notify('wechat', message)
    const { transaction } = service.store
    const refund = {
      refundNo: 'R1',
      orderId: payment.orderId,
      paymentId: payment.id,
      userId: 'u1',
      provider: 'wechat',
      amount: fen(100),
      currency: 'CNY',
      reason: 'x',
      requestedBy: 'u1',
      createdAt: NOW,
      status: 'processing',
      refundId: undefined,
      abnormal: false,
    } as const
    await transaction.run(async ({ refunds }) => ok(await refunds.insert(refund)))
    const { outTradeNo } = payment
    const transactionId = await transactionOf(payment.id)
    const order = {
      refundNo: 'R1',
      outTradeNo,
      transactionId,
      amount: fen(100),
      paid: fen(9900),
      currency: 'CNY',
      reason: 'x',
    } as const
    await service.gateways.wechat.gateway.refund(order)
    const reply = await notify('wechat', service.gateways.wechat.refundNotification(outTradeNo, 'R1'), 'refund/notify')
    expectAccepted('wechat', reply)
    expect(service.verdicts.at(-1)).toBe('wechat refund_settled')
  })
})

const transactionOf = async (paymentId: string): Promise<string> => {
  const payment = (await service.store.readers.payments.find(paymentId))?.value
  if (payment === undefined || !('transactionId' in payment)) throw new Error('not paid')
  return payment.transactionId
}
