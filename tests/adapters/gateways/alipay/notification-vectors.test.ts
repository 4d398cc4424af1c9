import { describe, expect, it } from 'vitest'
import { parseForm } from '../../../../src/adapters/gateways/alipay/notification-form.ts'
import { verifyForm } from '../../../../src/adapters/gateways/alipay/notification-signature.ts'
import { fen } from '../../../../src/domain/money.ts'
import { APP_ID, formBody, keyText, notified, SELLER_ID, vectors, verifierOf } from './fixtures.ts'

const verified = (body: Uint8Array | string, key: string) =>
  verifyForm(parseForm(Buffer.from(body))._unsafeUnwrap(), verifierOf(key))

describe('the signature of a notification', () => {
  const rsa2 = vectors.notify.filter((vector) => vector.params.sign_type === 'RSA2')

  it.each(rsa2)('holds for what Alipay sent: $id', ({ params, form_body, key }) => {
    expect(verified(formBody(params), key).isOk()).toBe(true)
    if (form_body !== undefined) expect(verified(form_body, key).isOk()).toBe(true)
  })

  it.each(vectors.notify.filter((vector) => vector.params.sign_type === 'RSA'))(
    'is refused where the message chooses SHA-1, though the right key made it: $id',
    ({ params, key }) => {
      expect(verified(formBody(params), key)._unsafeUnwrapErr().reason).toBe('algorithm')
    },
  )

  it.each(vectors.notify_negative)('fails for what was changed: $id', ({ params, key }) => {
    expect(verified(formBody(params), key)._unsafeUnwrapErr().reason).toBe('mismatch')
  })

  it.each(vectors.notify_computed)('holds for the very bytes of the body: $id', ({ form_body, verify_key = '' }) => {
    expect(verified(form_body, verify_key).isOk()).toBe(true)
  })

  it.each(vectors.return_url)('holds for a browser return: $id', ({ query, key }) => {
    expect(verified(query, key).isOk()).toBe(true)
  })
})

describe('what a computed notification says', () => {
  const read = async (id: string) => {
    const vector = vectors.notify_computed.find((one) => one.id === id)
    if (vector === undefined) throw new Error(`no vector ${id}`)
    const outcome = await notified(Buffer.from(vector.form_body), {
      privateKey: keyText('yansongda_app_private_pkcs1'),
      alipayPublicKey: keyText('nodejs_app_public'),
    })
    return outcome._unsafeUnwrap()
  }
  const identity = { merchantId: SELLER_ID, appId: APP_ID }
  const paidAt = new Date('2026-10-03T10:00:21+08:00')

  it.each(['payment_success', 'passback_and_special_characters', 'payment_success_gbk'])(
    '%s is a payment',
    async (id) => {
      expect(await read(id)).toMatchObject({
        kind: 'payment_succeeded',
        eventAt: paidAt,
        receipt: {
          outTradeNo: 'P20261003100000001',
          transactionId: '2026100322001412345610000001',
          identity,
          amount: fen(8888),
          currency: 'CNY',
          paidAt,
          payer: '2088000000000002',
        },
      })
    },
  )

  it('a partial refund, which says TRADE_SUCCESS too, is no payment', async () => {
    expect(await read('partial_refund')).toMatchObject({
      kind: 'refund_changed',
      identity,
      refund: {
        outTradeNo: 'P20261003100000001',
        refundNo: 'R20261003142000001',
        transactionId: '2026100322001412345610000001',
        amount: undefined,
        status: 'unknown',
        at: new Date('2026-10-03T14:20:31.378+08:00'),
      },
    })
  })

  it('a full refund, which says TRADE_CLOSED, is no unpaid trade', async () => {
    expect(await read('full_refund')).toMatchObject({
      kind: 'refund_changed',
      refund: { refundNo: 'R20261003150500002', amount: undefined },
    })
  })

  it('a timeout closes the payment', async () => {
    expect(await read('timeout_close')).toMatchObject({
      kind: 'payment_closed',
      notificationId: '2026100301222123007012341400000005',
      eventAt: new Date('2026-10-03T12:30:06+08:00'),
      outTradeNo: 'P20261003120000004',
      identity,
    })
  })
})
