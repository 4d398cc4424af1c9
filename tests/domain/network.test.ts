import { isIP } from 'node:net'
import * as fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { isTooWide, type Network, networksAround, parseNetwork } from '../../src/domain/network.ts'

const network = (text: string): Network => {
  const read = parseNetwork(text)
  if (read === undefined) throw new Error(`${text} is no network`)
  return read
}

const covers = (wide: string, address: string): boolean =>
  networksAround(network(address)).some(
    ({ first, prefix }) => first === network(wide).first && prefix === network(wide).prefix,
  )

/** Without `::1.2.3.4`, RFC 4291's old way to write an IPv4 address, which the other reader takes for `::ffff:1.2.3.4`. */
const anyAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => !/^::[\d.]+$/.test(text)),
)

describe('a network', () => {
  it.each([
    ['203.0.113.9', '00000000000000000000ffffcb007109', 128],
    ['203.0.113.0/24', '00000000000000000000ffffcb007100', 120],
    ['::ffff:203.0.113.0/120', '00000000000000000000ffffcb007100', 120],
    ['2001:DB8::/32', '20010db8000000000000000000000000', 32],
    ['::1', '00000000000000000000000000000001', 128],
    ['::', '00000000000000000000000000000000', 128],
    ['::203.0.113.9', '000000000000000000000000cb007109', 128],
    ['0.0.0.0/0', '00000000000000000000ffff00000000', 96],
  ])('is read from %s', (text, first, prefix) => {
    expect(parseNetwork(text)).toEqual({ first, prefix })
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    '203.0.113.9/24',
    '2001:db8::1/32',
    '2001:db8::/129',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3.4::',
    'fe80::1%eth0',
    ' 1.2.3.4',
    '12345::',
  ])('is not %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined()
  })

  it('is read like another reader reads it', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const parsed = ipaddr.parse(text)
        const bytes =
          parsed.kind() === 'ipv6' ? parsed.toByteArray() : ipaddr.IPv4.parse(text).toIPv4MappedAddress().toByteArray()
        expect(parseNetwork(text)?.first).toBe(Buffer.from(bytes).toString('hex'))
      }),
    )
  })

  it('is one only where Node sees one too', () => {
    const anyText = fc.stringMatching(/^[0-9a-f:.]{0,24}$/)
    fc.assert(fc.property(anyText, (text) => parseNetwork(text) === undefined || isIP(text) > 0))
  })

  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '::ffff:203.0.113.7', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['203.0.113.9', '203.0.113.9', true],
    ['203.0.113.9', '203.0.113.8', false],
  ])('%s around %s: %s', (wide, address, expected) => {
    expect(covers(wide, address)).toBe(expected)
  })

  it('lies around just the addresses that another reader finds in it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 8, max: 32 }), (one, other, length) => {
        const wide = `${ipaddr.IPv4.networkAddressFromCIDR(`${one}/${length}`).toString()}/${length}`
        expect(covers(wide, other)).toBe(ipaddr.IPv4.parse(other).match(ipaddr.IPv4.parseCIDR(wide)))
        expect(covers(wide, one)).toBe(true)
      }),
    )
  })

  it.each([
    ['0.0.0.0/0', true],
    ['10.0.0.0/7', true],
    ['10.0.0.0/8', false],
    ['2000::/15', true],
    ['2001::/16', false],
    ['::/0', true],
  ])('%s is too wide: %s', (text, expected) => {
    expect(isTooWide(network(text))).toBe(expected)
  })
})
