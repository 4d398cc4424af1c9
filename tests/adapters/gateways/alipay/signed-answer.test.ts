import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAnswer } from '../../../../src/adapters/gateways/alipay/signed-answer.ts'
import { verifyAnswer } from '../../../../src/adapters/gateways/alipay/verified-answer.ts'
import { alipayKey, signedAnswer, verifierOf, vectors } from './fixtures.ts'
import { createVerifier } from '../../../../src/adapters/gateways/alipay/alipay-key.ts'
import { createPublicKey } from 'node:crypto'

const cut = (body: string, key: string) => cutAnswer(Buffer.from(body), key)
const methodOf = (responseKey: string) => responseKey.replace(/_response$/, '')
const verifies = createVerifier([createPublicKey(alipayKey)])

describe('cutAnswer', () => {
  it.each(vectors.sync_response_extraction)('finds the signed bytes: $id', (vector) => {
    const answer = cut(vector.raw_body, vector.response_key)._unsafeUnwrap()
    expect(answer.response.toString()).toBe(vector.expected_substring)
    expect(answer.signature).toMatch(/^[\w+/]+==$/)
  })

  it.each(
    [...vectors.sync_response, ...vectors.sync_response_computed].filter((vector) => vector.raw_body !== undefined),
  )('cuts out text and signature: $id', ({ raw_body: body = '', response_key: key, signed_substring, signature }) => {
    const answer = cut(body, key)._unsafeUnwrap()
    expect(answer.response.toString()).toBe(signed_substring)
    expect(answer.signature).toBe(signature)
  })

  it('finds the certificate serial beside the signature, and not one inside the response', () => {
    expect(
      cut('{"a_response":{"alipay_cert_sn":"x"},"alipay_cert_sn":"y","sign":"z"}', 'a_response')._unsafeUnwrap(),
    ).toMatchObject({ alipayCertSerial: 'y', signature: 'z' })
    expect(cut('{"a_response":{"alipay_cert_sn":"x","sign":"z"}}', 'a_response')._unsafeUnwrap()).toMatchObject({
      alipayCertSerial: undefined,
      signature: undefined,
    })
  })

  it.each([
    ['nothing', ''],
    ['HTML', '<html><body>502 Bad Gateway</body></html>'],
    ['an array', '[{"a_response":{}}]'],
    ['a cut object', '{"a_response":{"code":"10000"'],
    ['a cut string', '{"a_response":{"code":"10000'],
    ['a missing brace', '{"a_response":{},"sign":"x"'],
    ['text behind it', '{"a_response":{},"sign":"x"} {}'],
    ['the response twice', '{"a_response":{},"a_response":{"code":"10000"},"sign":"x"}'],
    ['the signature twice', '{"a_response":{},"sign":"x","sign":"y"}'],
    ['another response', '{"b_response":{},"sign":"x"}'],
    ['a name without quotes', '{a_response:{},"sign":"x"}'],
  ])('refuses %s', (_, body) => {
    expect(cut(body, 'a_response').isErr()).toBe(true)
  })

  it('never throws, whatever the bytes', () => {
    const fragments = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', ' ', 'a_response', 'sign', '1'))
    fc.assert(
      fc.property(
        fragments.map((some) => some.join('')),
        (body) => void cut(body, 'a_response'),
      ),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void cutAnswer(Buffer.from(body), 'a_response')))
  })

  it('cuts any object JSON can write, at its very bytes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, 4), (response, indent) => {
        const text = JSON.stringify(response, null, indent)
        const body = `{ "other" : [${text}] , "a_response":${text},"n":-1.5e3,"sign":"x"}`
        expect(cut(body, 'a_response')._unsafeUnwrap().response.toString()).toBe(text)
      }),
    )
  })

  it('cuts a text of a megabyte', () => {
    const text = JSON.stringify({ sub_msg: '\\"}{'.repeat(200_000) })
    expect(cut(`{"a_response":${text},"sign":"x"}`, 'a_response')._unsafeUnwrap().response.toString()).toBe(text)
  })
})

describe('verifyAnswer', () => {
  const check = (key: string) => ({ verifies: verifierOf(key), alipayCertSerials: undefined })

  it.each(vectors.sync_response)(
    'takes what Alipay signed: $id',
    ({ response_key: key, signed_substring, ...vector }) => {
      const body = vector.raw_body ?? `{"${key}":${signed_substring},"sign":"${vector.signature}"}`
      const answer = verifyAnswer(Buffer.from(body), methodOf(key), check(vector.key))
      expect(answer._unsafeUnwrap()).toEqual(JSON.parse(signed_substring))
    },
  )

  it.each(vectors.sync_response_computed)(
    'takes what is signed: $id',
    ({ response_key: key, raw_body, verify_key }) => {
      expect(verifyAnswer(Buffer.from(raw_body), methodOf(key), check(verify_key)).isOk()).toBe(true)
    },
  )

  it.each(vectors.sync_response_computed)(
    'refuses one changed byte of it: $id',
    ({ response_key: key, raw_body, verify_key }) => {
      const changed = Buffer.from(raw_body.replace(/"msg":"(.)/, '"msg":"X'))
      expect(verifyAnswer(changed, methodOf(key), check(verify_key))._unsafeUnwrapErr()).toBe(
        'answer with a wrong signature',
      )
    },
  )

  it('refuses an unsigned success', () => {
    const body = Buffer.from('{"alipay_trade_query_response":{"code":"10000","trade_status":"TRADE_SUCCESS"}}')
    expect(
      verifyAnswer(body, 'alipay.trade.query', { verifies, alipayCertSerials: undefined })._unsafeUnwrapErr(),
    ).toBe('unsigned answer')
  })

  it('refuses the signed answer to another method', () => {
    const body = Buffer.from(signedAnswer('alipay.trade.close', { code: '10000' }))
    expect(verifyAnswer(body, 'alipay.trade.query', { verifies, alipayCertSerials: undefined }).isErr()).toBe(true)
  })

  it('refuses a signed value that is no object', () => {
    for (const value of ['encrypted', 7, null, [{ code: '10000' }]]) {
      const body = Buffer.from(signedAnswer('alipay.trade.query', value))
      expect(verifyAnswer(body, 'alipay.trade.query', { verifies, alipayCertSerials: undefined }).isErr()).toBe(true)
    }
  })

  it('tells a change of Alipay’s certificate from a forgery', () => {
    const body = Buffer.from(
      signedAnswer('alipay.trade.query', { code: '10000' }).replace(',"sign"', ',"alipay_cert_sn":"new","sign"'),
    )
    const outcome = (alipayCertSerials: readonly string[] | undefined) =>
      verifyAnswer(body, 'alipay.trade.query', { verifies, alipayCertSerials })
    expect(outcome(['old'])._unsafeUnwrapErr()).toContain('another Alipay certificate')
    expect(outcome(['new']).isOk()).toBe(true)
    expect(outcome(['newer', 'new']).isOk()).toBe(true)
    expect(outcome(undefined).isOk()).toBe(true)
  })
})
