import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { countableAddress, createClientAddress, trustedHops } from '../../../src/adapters/http/client-address.ts'

const addressOf = (trusted: readonly string[], remoteAddress: string | undefined, forwarded?: string): string => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage // Only these two are read.
  return createClientAddress(trusted)(request)
}

it('tells how many hops of the list were believed', () => {
  const hopsOf = (forwarded: string, address: string): number => {
    const request = { headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage // Only that is read.
    return trustedHops(request, address)
  }
  expect(hopsOf('198.51.100.7', '198.51.100.7')).toBe(1)
  expect(hopsOf('1.1.1.1, 198.51.100.7, 10.0.0.3 ,10.0.0.2', '198.51.100.7')).toBe(3)
  expect(hopsOf('1.1.1.1', '198.51.100.7')).toBe(0)
})

describe("the client's address", () => {
  it('is the peer where no proxy is trusted, whatever a header says', () => {
    expect(addressOf([], '203.0.113.9', '10.0.0.1')).toBe('203.0.113.9')
    expect(addressOf(['10.0.0.0/8'], '203.0.113.9', '198.51.100.7')).toBe('203.0.113.9')
  })

  it('is the rightmost hop that is not a trusted proxy, not what the client wrote further left', () => {
    const trusted = ['10.0.0.0/8', '192.168.1.1']
    expect(addressOf(trusted, '10.0.0.2', '198.51.100.7')).toBe('198.51.100.7')
    expect(addressOf(trusted, '10.0.0.2', '1.1.1.1, 198.51.100.7')).toBe('198.51.100.7')
    expect(addressOf(trusted, '10.0.0.2', '1.1.1.1,198.51.100.7 , 10.9.9.9,192.168.1.1')).toBe('198.51.100.7')
  })

  it('is the last proxy we know where the list ends or is no address', () => {
    expect(addressOf(['10.0.0.0/8'], '10.0.0.2')).toBe('10.0.0.2')
    expect(addressOf(['10.0.0.0/8'], '10.0.0.2', '')).toBe('10.0.0.2')
    expect(addressOf(['10.0.0.0/8'], '10.0.0.2', '198.51.100.7, unknown')).toBe('10.0.0.2')
    expect(addressOf(['10.0.0.0/8'], '10.0.0.2', '10.0.0.3')).toBe('10.0.0.3')
  })

  it('knows IPv4 in IPv6 clothes, and IPv6 proxies', () => {
    expect(addressOf(['10.0.0.0/8'], '::ffff:10.0.0.2', '::ffff:198.51.100.7')).toBe('198.51.100.7')
    expect(addressOf(['fd00::/8', '::1'], '::1', '2001:db8::5, fd00::1')).toBe('2001:db8::5')
  })

  it('is empty where the connection is gone already', () => {
    expect(addressOf(['10.0.0.0/8'], undefined, '198.51.100.7')).toBe('')
  })

  it('does not start with a network that is none', () => {
    expect(() => createClientAddress(['10.0.0.0/99'])).toThrow()
    expect(() => createClientAddress(['proxy'])).toThrow()
  })

  it('is counted by the /64 for IPv6, where one client has all of it', () => {
    expect(countableAddress('203.0.113.9')).toBe('203.0.113.9')
    expect(countableAddress('2001:db8:1:2:3:4:5:6')).toBe(countableAddress('2001:db8:1:2::99'))
    expect(countableAddress('2001:db8:1:2::1')).not.toBe(countableAddress('2001:db8:1:3::1'))
  })
})
