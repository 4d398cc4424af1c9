import { createPrivateKey, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type Addresses,
  type BizContent,
  createRequestSigner,
} from '../../../../src/adapters/gateways/alipay/request-signing.ts'
import type { Clock } from '../../../../src/application/clock.ts'
import { keyText, vectors } from './fixtures.ts'

const privateKey = (name: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(keyText(name), 'base64'), format: 'der', type: 'pkcs1' })

const clockAt = (beijing: string): Clock => ({
  now: () => new Date(`${beijing.replace(' ', 'T')}+08:00`),
  monotonicMs: () => 0,
})

type Vector = (typeof vectors.request_signing)[number]

const signerOf = ({ params, key }: Vector) =>
  createRequestSigner(
    {
      appId: params.app_id ?? '',
      privateKey: privateKey(key),
      gatewayUrl: 'http://127.0.0.1:9/gateway.do',
      serials:
        params.app_cert_sn === undefined
          ? undefined
          : { app: params.app_cert_sn, root: params.alipay_root_cert_sn ?? '' },
    },
    clockAt(params.timestamp ?? ''),
  )

const contentOf = ({ params }: Vector): BizContent => JSON.parse(params.biz_content ?? '{}')

/** `format` is optional and not sent by the SDK unless told to; the vector from a certificate application has it. */
const extrasOf = ({ params }: Vector): Addresses => {
  const { notify_url, return_url, format } = params
  return { ...(notify_url && { notify_url }), ...(return_url && { return_url }), ...(format && { format }) }
}

describe('signing a request by the SDK', () => {
  it.each(vectors.request_signing)('gives the official signature: $id', (vector) => {
    const form = signerOf(vector).form(vector.params.method ?? '', contentOf(vector), extrasOf(vector))
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({ ...vector.params, sign: vector.signature })
  })

  it('writes spaces as %20 and leaves out what has no value', () => {
    const vector = vectors.request_signing.find(({ id }) => id === 'app_pay_order_string')
    if (vector === undefined) throw new Error('no such vector')
    const form = signerOf(vector).form('alipay.trade.query', { out_trade_no: 'P1' })
    expect(form).toContain('timestamp=2026-10-03%2010%3A00%3A00')
    expect(new URLSearchParams(form).has('notify_url')).toBe(false)
    expect([...new URLSearchParams(form).values()].every((value) => value !== '')).toBe(true)
  })
})
