import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderCodec, productsCodec } from '../../../src/adapters/cache/codecs.ts'
import { orderFactsJson } from '../../../src/adapters/http/order-json.ts'
import { anyFulfilment, anyInstant, anyOrder, anyOrderItems } from '../../support/arbitraries.ts'
import { accessProduct, goodsProduct, paidOrder, pointsProduct } from '../../support/builders.ts'

const anyStoredOrder = fc.record({
  value: fc.tuple(anyOrder, anyOrderItems).map(([order, items]) => ({ ...order, items })),
  version: fc.nat(),
  updatedAt: anyInstant,
})

describe('what is kept outside of the process', () => {
  it('gives every order back as it was, and the same bytes to those who may see it', () => {
    fc.assert(
      fc.property(anyStoredOrder, (stored) => {
        const back = orderCodec.decode(orderCodec.encode(stored))
        expect(back).toEqual(stored)
        expect(JSON.stringify(back && orderFactsJson(back))).toBe(JSON.stringify(orderFactsJson(stored)))
      }),
    )
  })

  it('gives every product back as it was, in their order', () => {
    const anyProduct = fc
      .record({ fulfilment: anyFulfilment, createdAt: anyInstant, sortOrder: fc.integer(), name: fc.string() })
      .map((given) => accessProduct(given))
    fc.assert(
      fc.property(fc.array(anyProduct), (given) => {
        const products = [goodsProduct(), ...given, pointsProduct()]
        expect(productsCodec.decode(productsCodec.encode(products))).toEqual(products)
      }),
    )
  })

  it.each([
    ['no JSON', 'paid'],
    ['another shape', '{"value":{"id":"1"},"version":1,"updatedAt":"2026-03-01T00:00:00.000Z"}'],
    ['a field of another version', orderCodec.encode(stored()).replace('"userId"', '"buyer":1,"userId"')],
    ['half a text', orderCodec.encode(stored()).slice(0, -1)],
    ['money that is none', orderCodec.encode(stored()).replace(/"amount":\d+/, '"amount":-1')],
  ])('gives nothing for %s', (_, text) => {
    expect(orderCodec.decode(text)).toBeUndefined()
  })
})

function stored() {
  return { value: paidOrder(), version: 2, updatedAt: new Date('2026-03-01T00:00:00.000Z') }
}
