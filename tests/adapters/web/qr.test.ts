import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { asset } from './asset.ts'

const { isScannable, qrPath } = await asset<{
  readonly isScannable: (codeUrl: unknown) => boolean
  readonly qrPath: (codeUrl: string) => { readonly size: number; readonly path: string }
}>('qr.js')

const squaresOf = (size: number, path: string): readonly (readonly boolean[])[] => {
  const squares = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    squares[Number(y)]?.fill(true, Number(x), Number(x) + Number(width))
  }
  return squares
}

describe('drawing a QR code', () => {
  it('draws exactly the dark squares, inside a quiet zone of four', () => {
    const codeUrl = 'weixin://wxpay/bizpayurl?pr=JyC91EIz1'
    const { size, path } = qrPath(codeUrl)
    const squares = squaresOf(size, path)
    expect(squares).toEqual(encode(codeUrl, { ecc: 'M', border: 4 }).data)
    expect(squares.slice(0, 4).flat()).not.toContain(true)
    expect(squares[4]?.slice(4, 12)).toEqual([true, true, true, true, true, true, true, false])
  })

  it.each([
    'weixin://wxpay/bizpayurl?pr=JyC91EIz1',
    'https://qr.alipay.com/bavh4wjlxf12tper3a',
    'http://127.0.0.1:4/pay/1',
  ])('takes %s', (codeUrl) => {
    expect(isScannable(codeUrl)).toBe(true)
  })

  it.each([
    undefined,
    null,
    7,
    '',
    'weixin://',
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://qr.alipay.com/a',
    'https://qr.alipay.com/a b',
    'https://qr.alipay.com/支付',
    `https://qr.alipay.com/${'a'.repeat(1100)}`,
  ])('refuses %j', (codeUrl) => {
    expect(isScannable(codeUrl)).toBe(false)
  })
})
