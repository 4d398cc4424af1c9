import { describe, expect, it } from 'vitest'
import { secretsFound, secretsIn } from './planted-secrets.ts'
import { watchOutput } from './watched-output.ts'

const DATA_KEY = Buffer.alloc(32, 9)
const ENVIRONMENT = {
  JWT_SECRET: 'planted-in-the-settings',
  DATA_ENCRYPTION_KEY: DATA_KEY.toString('base64'),
  WECHAT_API_CLIENT_KEY: `-----BEGIN PRIVATE KEY-----\n${'AbCd'.repeat(16)}\n-----END PRIVATE KEY-----`,
  REDIS_URL: 'redis://:planted-password@127.0.0.1:6379',
  WECHAT_PAY_PUBLIC_KEY: 'known to everybody',
  PORT: '3000',
}
const line = (fields: object): string => `${JSON.stringify({ level: 'info', ...fields })}\n`

describe('the search for secrets in what a service writes', () => {
  it('looks for what is secret among the settings, and for nothing else', () => {
    expect(Object.keys(secretsIn(ENVIRONMENT))).toEqual([
      'JWT_SECRET',
      'DATA_ENCRYPTION_KEY 0',
      'WECHAT_API_CLIENT_KEY, line 0',
      'password in REDIS_URL',
    ])
  })

  it.each([
    ['a setting, anywhere', 'planted-in-the-settings'],
    ['a key in hex', DATA_KEY.toString('hex')],
    ['a password', 'planted-password'],
    ['a user token', line({ x: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.${'a'.repeat(43)}` })],
    ['a cashier link', line({ url: `http://127.0.0.1/cashier/1#ct1~toxt0a~${'b'.repeat(32)}` })],
    ['an access code', line({ note: 'used 7K3M-QZ9A-0000-WXYZ' })],
    ['a header', line({ headers: { Authorization: 'x' } })],
    ['a signature', line({ x: 'A'.repeat(344) })],
    ['the payer', line({ who: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' })],
    ['the secret of a webhook', line({ x: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })],
  ])('finds %s', (_, text) => {
    expect(secretsFound(text, secretsIn(ENVIRONMENT))).not.toEqual([])
    const output = watchOutput(ENVIRONMENT)
    for (const character of text) output.write(character)
    expect(() => output.verify()).toThrow('secrets were written')
  })

  it('passes over what was blanked, and over what is no secret', () => {
    const output = watchOutput(ENVIRONMENT)
    output.write(line({ authorization: '[redacted]', requestId: '2dc1c33e-26b0-446a-a7e5-fde1ffbd0016' }))
    output.write(line({ outTradeNo: 'P20261122EQF8QKTRHKCH5RK4F2B1SA', code: 'VALIDATION_FAILED', msg: 'request' }))
    expect(() => output.verify()).not.toThrow()
  })
})
