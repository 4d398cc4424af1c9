import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefusedCallback } from '../../../src/domain/callback-refusal.ts'
import { type Service, type ServiceOptions, startService } from './service.ts'

let service: Service
const start = async (options: ServiceOptions = {}) => {
  service = await startService(options)
}
beforeEach(() => start())
afterEach(() => service.stop())

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const JSON_TYPE = { 'content-type': 'application/json' }

const sent = async (
  provider: string,
  raw: string,
  headers: Readonly<Record<string, string>>,
  method = 'POST',
): Promise<readonly RefusedCallback[]> => {
  const path = `/api/v1/payments/${provider}/notify`
  await service.call(method, path, method === 'GET' ? { headers } : { raw, headers })
  return service.deps.doctor.refusals.take()
}

describe('of a refused callback', () => {
  it('is kept how it came, where it looks like WeChat Pay’s', async () => {
    const headers = { ...JSON_TYPE, 'wechatpay-serial': 'PUB_KEY_ID_9', 'wechatpay-timestamp': '1772337540' }
    expect(await sent('wechat', '{"secret":"openid-of-a-payer"}', headers)).toMatchObject([
      {
        provider: 'wechat',
        place: 'payment',
        reason: 'missing',
        evidence: {
          address: '127.0.0.1',
          method: 'POST',
          contentType: 'application/json',
          bodyBytes: 30,
          present: ['wechatpay-timestamp', 'wechatpay-serial'],
          missing: ['wechatpay-signature', 'wechatpay-nonce', 'wechatpay-signature-type'],
          serial: 'PUB_KEY_ID_9',
          aheadSeconds: -60,
        },
      },
    ])
  })

  it('is kept where a proxy has dropped every header of it', async () => {
    const [kept] = await sent('wechat', '{"id":"x","resource":{}}', JSON_TYPE)
    expect(kept?.evidence.present).toEqual([])
  })

  it('is kept what fields a form of Alipay has, and whether it names our app', async () => {
    await service.stop()
    await start({ deps: ({ doctor }) => ({ doctor: { ...doctor, appIds: { alipay: '2021' } } }) })
    const own = await sent('alipay', 'app_id=2021&sign=x&buyer_id=payer', FORM)
    expect(own[0]?.evidence).toMatchObject({ present: ['sign', 'app_id'], isOurApp: true })
    expect((await sent('alipay', 'notify_id=1&app_id=2022', FORM))[0]?.evidence.isOurApp).toBe(false)
    expect(JSON.stringify(own)).not.toContain('payer')
  })

  it('is kept nothing where it looks like nobody’s', async () => {
    expect(await sent('wechat', '{}', JSON_TYPE)).toEqual([])
    expect(await sent('alipay', 'a=b', FORM)).toEqual([])
    expect(await sent('wechat', '', {}, 'GET')).toEqual([])
    expect(await sent('points', 'x', FORM)).toEqual([])
  })

  it('is kept that its sender is not on the list, or its method is wrong, though nothing was read', async () => {
    const headers = { ...JSON_TYPE, 'wechatpay-signature': 'x' }
    expect((await sent('wechat', '', headers, 'GET'))[0]).toMatchObject({
      reason: 'wrong_method',
      evidence: { method: 'GET' },
    })
    await service.stop()
    await start({ deps: { notifyAllowedIps: { wechat: ['10.0.0.0/8'] } } })
    expect((await sent('wechat', '{}', headers))[0]).toMatchObject({
      reason: 'wrong_address',
      evidence: { bodyBytes: 2 },
    })
  })

  it('is kept no control character and no long text of a stranger', async () => {
    const [kept] = await sent('wechat', 'x', {
      'content-type': `application/json;${'y'.repeat(500)}`,
      'wechatpay-serial': '<script>',
      'wechatpay-timestamp': '1e9',
    })
    expect(kept?.evidence.contentType).toHaveLength(64)
    expect([kept?.evidence.serial, kept?.evidence.aheadSeconds]).toEqual([undefined, undefined])
  })
})
