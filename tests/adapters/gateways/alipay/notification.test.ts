import { describe, expect, it } from 'vitest'
import {
  APP_ID,
  alipayPublicText,
  appKey,
  formBody,
  keyText,
  notificationText,
  notified,
  paymentFields,
  SELLER_ID,
  signedForm,
  signText,
  type Overrides,
} from './fixtures.ts'

const read = async (body: Uint8Array, overrides: Overrides = {}) =>
  (await notified(body, overrides)).match<unknown>(
    (notification) => notification,
    (error) => error,
  )
const readFields = (overrides: Readonly<Record<string, string | undefined>>, settings: Overrides = {}) =>
  read(signedForm(paymentFields(overrides)), settings)

describe('readNotification: the signature', () => {
  const payment = { kind: 'payment_succeeded' }

  it('takes empty values for signed or for unsigned', async () => {
    const fields = paymentFields({ body: '', subject: '' })
    const without = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
    expect(await read(signedForm(fields))).toMatchObject(payment)
    expect(await read(formBody({ ...fields, sign: signText(notificationText(without)) }))).toMatchObject(payment)
  })

  it('takes the certificate’s serial for signed or for unsigned', async () => {
    const fields = paymentFields({ alipay_cert_sn: '4538a2ab4d0c71f51a9ca2a7bd2a3c25' })
    expect(await read(signedForm(fields))).toMatchObject(payment)
    const sign = signText(notificationText(fields, ['sign', 'sign_type', 'alipay_cert_sn']))
    expect(await read(formBody({ ...fields, sign }))).toMatchObject(payment)
  })

  it('takes the previous key while Alipay’s key is being changed, and only then', async () => {
    const body = signedForm(paymentFields())
    const alipayPublicKey = keyText('gopay_alipay_public')
    expect(await read(body, { alipayPublicKey, previousAlipayPublicKeys: [alipayPublicText] })).toMatchObject(payment)
    expect(await read(body, { alipayPublicKey })).toEqual({ code: 'SIGNATURE_INVALID', reason: 'mismatch' })
  })

  it.each([undefined, ''])('is missing: %j', async (sign) => {
    const fields = { ...paymentFields(), ...(sign !== undefined && { sign }) }
    expect(await read(formBody(fields))).toEqual({ code: 'SIGNATURE_INVALID', reason: 'missing' })
  })

  it('is missing from an empty body', async () => {
    expect(await read(new Uint8Array())).toEqual({ code: 'SIGNATURE_INVALID', reason: 'missing' })
  })

  it.each([undefined, '', 'RSA', 'rsa2', 'MD5', 'HMAC-SHA256', 'constructor', '__proto__', 'RSA2 '])(
    'is refused with the algorithm %j, even by the right key',
    async (sign_type) => {
      const fields = paymentFields({ sign_type })
      expect(await read(signedForm(fields))).toEqual({ code: 'SIGNATURE_INVALID', reason: 'algorithm' })
    },
  )

  it.each(['', '=', 'A', 'AAAA', '*'.repeat(344), 'A'.repeat(344), 'A'.repeat(5_000)])(
    'is refused where it is no signature: %.8s',
    async (sign) => {
      expect(await read(formBody({ ...paymentFields(), sign }))).toMatchObject({ code: 'SIGNATURE_INVALID' })
    },
  )

  it('is refused by the application’s own key', async () => {
    expect(await read(signedForm(paymentFields(), appKey))).toEqual({ code: 'SIGNATURE_INVALID', reason: 'mismatch' })
  })

  it('is refused after any change of a value, and without any of the fields', async () => {
    const genuine = paymentFields()
    const sign = signText(notificationText(genuine))
    for (const name of Object.keys(genuine).filter((one) => one !== 'sign_type')) {
      const { [name]: value, ...rest } = genuine
      expect(await read(formBody({ ...genuine, [name]: `${value}0`, sign }))).toMatchObject({ reason: 'mismatch' })
      expect(await read(formBody({ ...rest, sign }))).toMatchObject({ reason: 'mismatch' })
    }
  })

  it('does not keep sign_type in the text of a trade’s message', async () => {
    const fields = paymentFields()
    const sign = signText(notificationText(fields, ['sign']))
    expect(await read(formBody({ ...fields, sign }))).toEqual({ code: 'SIGNATURE_INVALID', reason: 'mismatch' })
  })
})

describe('readNotification: the form', () => {
  const unsigned = (reason: string) => ({ code: 'NOTIFICATION_UNREADABLE', signed: false, reason })
  const body = signedForm(paymentFields()).toString()

  it('does not ask for a content type', async () => {
    expect(await read(Buffer.from(body))).toMatchObject({ kind: 'payment_succeeded' })
  })

  it.each([
    ['a repeated field', `${body}&total_amount=0.01`],
    ['a repeated field', `${body}&sign=x`],
    ['a field with an unusual name', `${body}&a[]=1`],
    ['a field with an unusual name', `${body}&a[b]=1`],
    ['a field with an unusual name', `${body}&%74otal=1`],
    ['a field with an unusual name', `${body}&Total=1`],
    ['a field with an unusual name', `${body}&__proto__=1`],
    ['a field with an unusual name', `=1&${body}`],
    ['a field without a value', `${body}&`],
    ['a field without a value', `${body}&extra`],
    ['a field without a value', '{"trade_status":"TRADE_SUCCESS"}'],
    ['a broken percent escape', `${body}&extra=100%`],
    ['a broken percent escape', `${body}&extra=%zz`],
    ['too many fields', `${body}&${Array.from({ length: 200 }, (_, index) => `f${index}=`).join('&')}`],
    ['too large', `${body}&extra=${'x'.repeat(65_536)}`],
  ])('refuses %s before anything else', async (reason, text) => {
    expect(await read(Buffer.from(text))).toEqual(unsigned(reason))
  })

  it('decodes once: a percent sign inside a value stays one', async () => {
    expect(await readFields({ passback_params: 'a%3D1%2526', subject: '100%' })).toMatchObject({
      kind: 'payment_succeeded',
    })
  })
})

describe('readNotification: the fields', () => {
  it.each([
    ['total_amount', '88.888'],
    ['total_amount', '8.8e1'],
    ['total_amount', '-88.88'],
    ['total_amount', ' 88.88'],
    ['total_amount', '８８.88'],
    ['total_amount', '1234567890.00'],
    ['trade_no', '2026 1003'],
    ['out_trade_no', 'P1/../P2'],
    ['out_trade_no', 'P'.repeat(65)],
    ['gmt_payment', '2026-02-30 10:00:00'],
    ['gmt_payment', '2026-10-03T10:00:00Z'],
    ['notify_time', 'yesterday'],
    ['refund_fee', 'all'],
    ['charset', 'utf-16'],
    ['notify_id', 'a b'],
    ['trade_status', 'TRADE_SUCCESS '],
  ])('refuses %s = %j though it is signed', async (name, value) => {
    expect(await readFields({ [name]: value })).toEqual({
      code: 'NOTIFICATION_UNREADABLE',
      signed: true,
      reason: `an unusual value of ${name}`,
    })
  })

  it.each(['app_id', 'notify_id', 'out_trade_no', 'notify_time', 'trade_no', 'total_amount'])(
    'refuses a payment without %s',
    async (name) => {
      expect(await readFields({ [name]: undefined })).toMatchObject({ code: 'NOTIFICATION_UNREADABLE', signed: true })
    },
  )

  it('needs neither buyer_id nor gmt_payment, and takes buyer_open_id', async () => {
    expect(await readFields({ buyer_id: undefined, gmt_payment: undefined })).toMatchObject({
      receipt: { payer: undefined, paidAt: new Date('2026-10-03T10:00:22+08:00') },
    })
    expect(await readFields({ buyer_id: undefined, buyer_open_id: '074a1CcTG1Le' })).toMatchObject({
      receipt: { payer: '074a1CcTG1Le' },
    })
  })

  it.each(['TRADE_SUCCESS', 'TRADE_FINISHED'])('%s is a payment', async (trade_status) => {
    expect(await readFields({ trade_status, refund_fee: '0.00' })).toMatchObject({ kind: 'payment_succeeded' })
  })

  it.each([{ gmt_refund: '2026-10-03 14:20:31.378' }, { out_biz_no: 'console:77' }, { refund_fee: '0.01' }])(
    'a message with %j is about a refund, whatever its status',
    async (field) => {
      for (const trade_status of ['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED'])
        expect(await readFields({ ...field, trade_status })).toMatchObject({
          kind: 'refund_changed',
          refund: { amount: undefined, status: 'unknown', refundNo: field.out_biz_no },
        })
    },
  )

  it('a closed trade that was paid has gone back, it is not unpaid', async () => {
    expect(await readFields({ trade_status: 'TRADE_CLOSED' })).toMatchObject({ kind: 'refund_changed' })
    expect(await readFields({ trade_status: 'TRADE_CLOSED', gmt_payment: undefined })).toMatchObject({
      kind: 'payment_closed',
    })
  })

  it.each(['WAIT_BUYER_PAY', 'TRADE_PENDING'])('%s is nothing to act on', async (trade_status) => {
    expect(await readFields({ trade_status })).toMatchObject({
      kind: 'other',
      outTradeNo: 'P20261003100000001',
      description: `trade_status ${trade_status}`,
    })
  })

  it('another type of message is never a payment', async () => {
    expect(await readFields({ notify_type: 'dut_user_sign' })).toMatchObject({
      kind: 'other',
      description: 'dut_user_sign',
    })
    expect(await readFields({ notify_type: undefined })).toMatchObject({ kind: 'other' })
  })

  it.each([['sign', 'sign_type'], ['sign']])(
    'a refund back from the bank card is acknowledged, signed without %s',
    async (...removed) => {
      const fields = {
        notify_id: '2026100300262142031068761400000007',
        utc_timestamp: '1791008431000',
        msg_method: 'alipay.trade.refund.depositback.completed',
        app_id: APP_ID,
        version: '1.1',
        charset: 'UTF-8',
        sign_type: 'RSA2',
        biz_content: '{"trade_no":"2026100322001412345610000001","dback_status":"S","dback_amount":"20.00"}',
      }
      expect(await read(formBody({ ...fields, sign: signText(notificationText(fields, removed)) }))).toEqual({
        kind: 'other',
        notificationId: fields.notify_id,
        eventAt: new Date(1_791_008_431_000),
        outTradeNo: undefined,
        description: 'alipay.trade.refund.depositback.completed',
      })
    },
  )

  it('a browser return, posted as a notification, settles nothing', async () => {
    const { notify_id: _1, notify_time: _2, notify_type: _3, trade_status: _4, ...rest } = paymentFields()
    const returned = { ...rest, method: 'alipay.trade.page.pay.return', timestamp: '2026-10-03 10:00:22' }
    expect(await read(signedForm(returned))).toMatchObject({ code: 'NOTIFICATION_UNREADABLE', signed: true })
  })
})

describe('readNotification: who it is meant for', () => {
  const foreign = (identity: object) => ({
    code: 'FOREIGN_IDENTITY',
    notificationId: '2026100301222100022012341400000001',
    outTradeNo: 'P20261003100000001',
    identity,
  })

  it('refuses another application, however genuine', async () => {
    const appId = '2021000122671081'
    const identity = { merchantId: SELLER_ID, appId }
    expect(await readFields({ app_id: appId, auth_app_id: appId })).toEqual(foreign(identity))
    expect(await readFields({ auth_app_id: appId })).toEqual(foreign(identity))
    expect(await readFields({ app_id: appId })).toMatchObject({ code: 'FOREIGN_IDENTITY' })
  })

  it('refuses another seller, and none', async () => {
    expect(await readFields({ seller_id: '2088999999999999' })).toEqual(
      foreign({ merchantId: '2088999999999999', appId: APP_ID }),
    )
    expect(await readFields({ seller_id: undefined })).toEqual(foreign({ merchantId: '', appId: APP_ID }))
  })

  it('does not ask for the seller where the settings name none', async () => {
    const theirs = { seller_id: '2088999999999999' }
    expect(await readFields(theirs, { sellerId: undefined })).toMatchObject({
      receipt: { identity: { merchantId: '', appId: APP_ID } },
    })
  })
})
