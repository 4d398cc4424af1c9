import { describe, expect, it } from 'vitest'
import { createWechatGateway, type WechatSettings } from '../../../../src/adapters/gateways/wechat/wechat-gateway.ts'
import { API_V3_KEY, countingBytes, data, fixedClock, publicKeyMode, serialOf, settings } from './stand-in.ts'

const create = (overrides: Partial<WechatSettings>) =>
  createWechatGateway(settings(overrides), { clock: fixedClock(), randomness: countingBytes })
const problemsOf = (overrides: Partial<WechatSettings>) => create(overrides)._unsafeUnwrapErr().problems

describe('the WeChat Pay settings', () => {
  it('say who the money goes to and where it is announced', () => {
    const gateway = create({})._unsafeUnwrap()
    expect(gateway).toMatchObject({
      provider: 'wechat',
      identity: { merchantId: '1234567891', appId: 'wx2421b1c4370ec43b' },
      notifyUrl: 'https://shop.example/api/v1/payments/wechat/notify',
    })
  })
  it.each<Partial<WechatSettings>>([
    publicKeyMode,
    { merchantCertificate: data.keys['java-merchant'].certificate_pem },
    { merchantSerialNo: serialOf('java-merchant').toLowerCase() },
    { baseUrl: 'https://api.mch.weixin.qq.com/' },
    { publicKey: '', publicKeyId: '' },
  ])('may be %j', (overrides) => {
    expect(create(overrides).isOk()).toBe(true)
  })
  it.each<[keyof WechatSettings, Partial<WechatSettings>]>([
    ['appId', { appId: '' }],
    ['appId', { appId: 'wx"\n' }],
    ['mchId', { mchId: '12345a7891' }],
    ['mchId', { mchId: '1234567' }],
    ['apiV3Key', { apiV3Key: 'a'.repeat(31) }],
    ['apiV3Key', { apiV3Key: '钥'.repeat(32) }],
    ['apiV3Key', { apiV3Key: '' }],
    ['merchantPrivateKey', { merchantPrivateKey: data.keys['java-merchant'].public_key }],
    ['merchantPrivateKey', { merchantPrivateKey: '' }],
    ['merchantSerialNo', { merchantSerialNo: 'xyz' }],
    ['merchantSerialNo', { merchantSerialNo: 'AB', merchantCertificate: data.keys['java-merchant'].certificate_pem }],
    ['merchantCertificate', { merchantCertificate: 'rubbish' }],
    ['merchantCertificate', { merchantCertificate: data.keys['java-platform'].certificate_pem }],
    ['publicKey', { publicKey: publicKeyMode.publicKey }],
    ['publicKey', { publicKeyId: publicKeyMode.publicKeyId }],
    ['publicKey', { ...publicKeyMode, publicKey: data.keys['java-merchant'].certificate_pem }],
    ['publicKeyId', { ...publicKeyMode, publicKeyId: serialOf('java-platform') }],
    ['notifyUrl', { notifyUrl: 'https://shop.example/notify?provider=wechat' }],
    ['notifyUrl', { notifyUrl: '/notify' }],
    ['refundNotifyUrl', { refundNotifyUrl: `https://shop.example/${'x'.repeat(255)}` }],
    ['baseUrl', { baseUrl: 'https://api.mch.weixin.qq.com/v3' }],
    ['baseUrl', { baseUrl: 'https://user@api.mch.weixin.qq.com' }],
    ['baseUrl', { baseUrl: 'ftp://api.mch.weixin.qq.com' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
  ])('are refused for their %s: %j', (name, overrides) => {
    expect(problemsOf(overrides).some((problem) => problem.startsWith(name))).toBe(true)
  })
  it('tell everything wrong at once and quote no secret', () => {
    const secret = `${API_V3_KEY}!`
    const problems = problemsOf({ appId: '', mchId: '', apiV3Key: secret, merchantPrivateKey: secret, timeoutMs: -1 })
    expect(problems).toHaveLength(5)
    expect(problems.join()).not.toContain(API_V3_KEY)
  })
  it('have a fingerprint that changes with them and is no clue to a secret', () => {
    const version = (overrides: Partial<WechatSettings>) => create(overrides)._unsafeUnwrap().credentialsVersion
    const plain = version({})
    expect(plain).toMatch(/^[0-9a-f]{12}$/)
    expect(version({ apiV3Key: 'x'.repeat(32) })).toBe(plain)
    const others = [{ appId: 'wxother' }, { mchId: '1900007291' }, { merchantSerialNo: 'AB' }, publicKeyMode]
    expect(new Set([plain, ...others.map(version)]).size).toBe(5)
  })
})
