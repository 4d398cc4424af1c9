import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../../src/adapters/webhooks/public-address.ts'
import { createWebhookTargets } from '../../../src/adapters/webhooks/webhook-targets.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '223.5.5.5',
  '2606:4700::1111',
  '2400:3200::1',
  '2a00:1450:4001::200e',
]

const NOT_PUBLIC: Readonly<Record<string, readonly string[]>> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'link-local': ['169.254.1.1', 'fe80::1', 'febf::1', 'fec0::1'],
  'metadata services': ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  broadcast: ['255.255.255.255'],
  'reserved and documentation': [
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '240.0.0.1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '4000::1',
    '5f00::1',
  ],
  'IPv4 in IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:0:7f00:1',
  ],
  '6to4, Teredo and NAT64': [
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2001:0:7f00:1::',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::7f00:1',
  ],
  'no address at all': [
    '',
    'localhost',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '1.1.1',
    '1.1.1.1.',
    ' 1.1.1.1',
    '[::1]',
    '2606:4700::1111%eth0',
    '1.1.1.1/32',
  ],
}

describe('an address', () => {
  it.each(PUBLIC)('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  for (const [kind, addresses] of Object.entries(NOT_PUBLIC))
    it.each(addresses)(`%s is not: ${kind}`, (address) => {
      expect(isPublicAddress(address)).toBe(false)
    })
})

describe('the URL of a webhook endpoint', () => {
  const check = (url: string, allowPrivate = false): string =>
    createWebhookTargets({ allowPrivate })
      .check(url)
      .match(
        (href) => href,
        ({ reason }) => reason,
      )

  it.each([
    ['https://shop.example.cn/hooks', 'https://shop.example.cn/hooks'],
    ['https://SHOP.example.cn:8443/hooks?a=1', 'https://shop.example.cn:8443/hooks?a=1'],
    ['https://商城.example.cn', 'https://xn--czru2d.example.cn/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://134744072/', 'https://8.8.8.8/'],
  ])('%s is taken', (url, href) => {
    expect(check(url)).toBe(href)
  })

  it.each([
    ['http://shop.example.cn/', 'not_https'],
    ['ftp://shop.example.cn/', 'malformed'],
    ['file:///etc/passwd', 'malformed'],
    ['data:text/plain,x', 'malformed'],
    ['shop.example.cn/hooks', 'malformed'],
    ['https://', 'malformed'],
    ['https://shop.example.cn/#part', 'malformed'],
    ['https://user@shop.example.cn/', 'credentials'],
    ['https://user:secret@shop.example.cn/', 'credentials'],
    ['https://127.0.0.1/', 'private'],
    ['https://2130706433/', 'private'],
    ['https://0x7f000001/', 'private'],
    ['https://0x7f.1/', 'private'],
    ['https://0177.0.0.1/', 'private'],
    ['https://127.1/', 'private'],
    ['https://127.0.0.1./', 'private'],
    ['https://１２７.０.０.１/', 'private'],
    ['https://%31%32%37.0.0.1/', 'private'],
    ['https://0/', 'private'],
    ['https://[::1]/', 'private'],
    ['https://[::ffff:127.0.0.1]/', 'private'],
    ['https://[::ffff:7f00:1]/', 'private'],
    ['https://[64:ff9b::a00:1]/', 'private'],
    ['https://169.254.169.254/latest/meta-data', 'private'],
    ['https://100.100.100.200/', 'private'],
    ['https://localhost/', 'private'],
    ['https://LOCALHOST./', 'private'],
    ['https://api.localhost/', 'private'],
  ])('%s is refused: %s', (url, reason) => {
    expect(check(url)).toBe(reason)
  })

  it('may be plain and private where that is allowed, but never carries a password', () => {
    expect(check('http://127.0.0.1:9000/hooks', true)).toBe('http://127.0.0.1:9000/hooks')
    expect(check('http://localhost/', true)).toBe('http://localhost/')
    expect(check('http://user:secret@localhost/', true)).toBe('credentials')
    expect(check('ftp://localhost/', true)).toBe('malformed')
  })
})
