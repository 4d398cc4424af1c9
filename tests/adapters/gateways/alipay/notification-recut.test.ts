import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAlipayNotification } from '../../../../src/adapters/gateways/alipay/notification.ts'
import { readFields } from '../../../../src/adapters/gateways/alipay/notification-fields.ts'
import { parseForm } from '../../../../src/adapters/gateways/alipay/notification-form.ts'
import { APP_ID, formBody, notificationText, paymentFields } from './fixtures.ts'

const identity = { merchantId: '', appId: APP_ID }
const now = () => new Date('2026-10-03T10:00:00+08:00')

/** Everything the holder of one genuine message can send: the signature stands for its very text, as a real one does. */
const readAs = (signedText: string, body: Uint8Array) =>
  readAlipayNotification(body, { identity, now, verifies: (text) => text.toString() === signedText })

type Field = readonly [name: string, value: string]

const bodyOf = (fields: readonly Field[], unsigned: readonly Field[] = []): Buffer =>
  Buffer.from(
    [...fields, ...unsigned, ['sign', 'AAAA'], ['sign_type', 'RSA2']]
      .map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`)
      .join('&'),
  )

/** The text cut at some of its ampersands; undefined where a piece would be no field. */
const cutAt = (text: string, isBorder: (index: number) => boolean): readonly Field[] | undefined => {
  const pieces: string[] = []
  for (const [index, piece] of text.split('&').entries()) {
    if (index === 0 || isBorder(index)) pieces.push(piece)
    else pieces[pieces.length - 1] += `&${piece}`
  }
  const fields = pieces.map((piece): Field => [piece.slice(0, piece.indexOf('=')), piece.slice(piece.indexOf('=') + 1)])
  return pieces.every((piece) => piece.includes('=')) ? fields : undefined
}

const everyCut = function* (text: string): Generator<readonly Field[]> {
  const borders = text.split('&').length - 1
  for (let mask = 0; mask < 2 ** borders; mask += 1) {
    const fields = cutAt(text, (index) => (mask & (1 << (index - 1))) !== 0)
    if (fields !== undefined) yield fields
  }
}

/** The least a payment or refund needs, so that every cut of it can be tried. */
const small = (more: Readonly<Record<string, string | undefined>>) =>
  paymentFields({
    auth_app_id: undefined,
    gmt_create: undefined,
    charset: undefined,
    version: undefined,
    fund_bill_list: undefined,
    buyer_id: undefined,
    subject: undefined,
    seller_id: undefined,
    gmt_payment: undefined,
    ...more,
  })

const refund = { gmt_refund: '2026-10-03 14:20:31.378', out_biz_no: 'R1', refund_fee: '20.00' }

const FRAGMENTS = [
  'x',
  '&',
  '=',
  '&t=1',
  '&tp=x',
  '&z=',
  '&total_amount=0.01',
  '&trade_no=1',
  '&trade_status=TRADE_SUCCESS',
  '&refund_fee=0.01',
  '&gmt_refund=2026-10-03 14:20:31',
  '&out_biz_no=R9',
  '&out_trade_no=P9',
  '&buyer_id=2088000000000009',
  '&sign_type=RSA2',
  '&sign=AAAA',
]
const hostileText = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 3 }).map((parts) => parts.join(''))

const anyGenuine = fc
  .uniqueArray(
    fc.oneof(
      fc.tuple(fc.constantFrom('body', 'subject', 'passback_params', 'unheard_of'), hostileText),
      fc.constantFrom(...Object.entries(refund), ['buyer_open_id', '074a1CcTG1Le'] as [string, string]),
    ),
    { maxLength: 3, selector: ([name]) => name },
  )
  .map((fields) => small(Object.fromEntries(fields)))

const unsignedFields = fc.subarray<Field>([
  ['refund_fee', ''],
  ['gmt_refund', ''],
  ['out_biz_no', ''],
  ['total_amount', ''],
  ['alipay_cert_sn', 'x&total_amount=0.01'],
  ['alipay_cert_sn', '4538a2ab4d0c71f51a9ca2a7bd2a3c25'],
])

describe('a genuine signed text, cut another way', () => {
  it.each([
    ['a payment', small({})],
    ['a partial refund', small(refund)],
    ['a full refund', small({ ...refund, trade_status: 'TRADE_CLOSED', gmt_close: '2026-10-03 14:20:31' })],
    ['a text with an ampersand', small({ subject: 'A & B&c=d', unheard_of: '1&unseen=2' })],
  ])('says what it said or nothing: %s', (_, genuine) => {
    const text = notificationText(genuine)
    const said = readAs(text, formBody({ ...genuine, sign: 'AAAA' }))._unsafeUnwrap()
    let read = 0
    for (const fields of everyCut(text)) {
      const outcome = readAs(text, bodyOf(fields))
      if (outcome.isErr()) continue
      read += 1
      expect(outcome.value).toEqual(said)
    }
    expect(read).toBeGreaterThan(0)
  })

  it('never says two different things, and never changes a value Alipay gave', () => {
    fc.assert(
      fc.property(anyGenuine, unsignedFields, (genuine, unsigned) => {
        const text = notificationText(genuine)
        fc.pre(text.split('&').length <= 12) // 2048 cuts
        const said = readFields(parseForm(formBody(genuine))._unsafeUnwrap()).unwrapOr(undefined)
        const given = Object.entries(said ?? {})
        const outcomes = new Set<string>()
        for (const fields of everyCut(text)) {
          const body = bodyOf(fields, unsigned)
          const outcome = readAs(text, body)
          if (outcome.isErr()) continue
          outcomes.add(JSON.stringify(outcome.value))
          expect(Object.entries(readFields(parseForm(body)._unsafeUnwrap())._unsafeUnwrap())).toEqual(
            expect.arrayContaining(given),
          )
        }
        expect(outcomes.size).toBeLessThanOrEqual(1)
      }),
      { numRuns: 30 },
    )
  })

  const all = small({
    ...refund,
    gmt_payment: '2026-10-03 10:00:21',
    seller_id: '2088123456789012',
    buyer_id: '2088000',
  })
  it.each(Object.keys(all).filter((name) => name !== 'sign_type'))(
    'can not hide %s in the value before it, and trying is told from noise',
    (name) => {
      const before = name.slice(0, -1) // An unknown field right before it in the order of the text.
      const genuine = { ...all, [before]: 'x' }
      const { [name]: value, ...rest } = genuine
      const recut = { ...rest, [before]: `x&${name}=${value}`, sign: 'AAAA' }
      expect(readAs(notificationText(genuine), formBody(recut))._unsafeUnwrapErr()).toEqual({
        code: 'NOTIFICATION_UNREADABLE',
        signed: true,
        reason: 'a field hidden in the value of another',
      })
    },
  )

  it('is not changed by empty fields added outside the signature', () => {
    const genuine = small({})
    const text = notificationText(genuine)
    const said = readAs(text, formBody({ ...genuine, sign: 'AAAA' }))._unsafeUnwrap()
    const empty: Field[] = Object.keys(refund).map((name) => [name, ''])
    expect(
      readAs(
        text,
        bodyOf(
          Object.entries(genuine).filter(([name]) => name !== 'sign_type'),
          empty,
        ),
      )._unsafeUnwrap(),
    ).toEqual(said)
  })
})

describe('any bytes', () => {
  it('never make the reader throw, whatever the signature', () => {
    const read = (body: Uint8Array) => readAlipayNotification(body, { identity, now, verifies: () => true })
    const names = fc.constantFrom(
      ...Object.keys({ ...paymentFields(), ...refund }),
      'sign',
      'charset',
      'x',
      '__proto__',
    )
    const forms = fc
      .array(fc.tuple(names, fc.oneof(fc.string(), fc.string({ unit: 'binary' }), hostileText)))
      .map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void read(bytes)))
    fc.assert(
      fc.property(forms, (form) => void read(Buffer.from(form))),
      { numRuns: 300 },
    )
  })

  it('of a genuine message, changed in one place, are never read as another message', () => {
    const genuine = small(refund)
    const text = notificationText(genuine)
    const body = formBody({ ...genuine, sign: 'AAAA' })
    const said = readAs(text, body)._unsafeUnwrap()
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Buffer.from(body)
        changed[at] = byte
        const outcome = readAs(text, changed)
        if (outcome.isOk()) expect(outcome.value).toEqual(said)
      }),
      { numRuns: 2_000 },
    )
  })
})
