import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fakeGateway } from '../../../src/adapters/memory/fake-gateway.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import { clockFindings, gatewayFindings } from '../../../src/application/doctor/check-gateways.ts'
import { keyFindings } from '../../../src/application/doctor/check-keys.ts'
import { refusedFindings } from '../../../src/application/doctor/check-refused.ts'
import { type RiskySettings, settingFindings } from '../../../src/application/doctor/check-settings.ts'
import { type DatabaseFacts, databaseFindings, serviceFindings } from '../../../src/application/doctor/check-store.ts'
import { notificationRecord } from '../../../src/application/notifications/notification-log.ts'
import type { GatewayError } from '../../../src/application/payments/payment-gateway.ts'
import type { Finding } from '../../../src/domain/doctor.ts'
import { findingWording } from '../../../src/domain/doctor-wording.ts'
import { refusedCallback } from '../../support/builders.ts'

const NOW = new Date('2026-11-20T04:00:00.000Z')
const PATH = '/api/v1/payments/wechat/notify'

/** What was found; its words have no holes. */
const seen = (findings: readonly Finding[]): readonly string[] =>
  findings.map((finding) => {
    for (const { zh, en } of Object.values(findingWording(finding))) expect(`${zh}${en}`).not.toMatch(/[{}?]/)
    return `${finding.level} ${finding.code}`
  })

const risky = (changes: Partial<RiskySettings> = {}): RiskySettings => ({
  isProduction: true,
  publicUrl: 'https://pay.example.cn',
  gateways: [{ provider: 'wechat', url: 'https://api.mch.weixin.qq.com', isReal: true }],
  targets: [{ provider: 'wechat', place: 'payment', url: `https://pay.example.cn${PATH}`, path: PATH }],
  trustsProxies: true,
  hasAlertReceivers: true,
  ...changes,
})

const judged = (changes: Partial<RiskySettings>) =>
  seen(settingFindings(risky(changes), (host) => host === 'localhost' || host === '10.0.0.5'))

const targetAt = (url: string): RiskySettings['targets'] => [{ provider: 'wechat', place: 'payment', url, path: PATH }]

describe('the settings', () => {
  it('are in order, or told by each risk', () => {
    expect(judged({})).toEqual(['ok settings_fine'])
    expect(judged({ targets: targetAt(`http://pay.example.cn${PATH}`) })).toEqual(['problem notify_url_plain'])
    expect(judged({ targets: targetAt(`https://10.0.0.5${PATH}`) })).toEqual(['problem notify_url_private'])
    expect(judged({ targets: targetAt(`https://localhost${PATH}`) })).toEqual(['problem notify_url_private'])
    expect(judged({ targets: targetAt(`https://pay.example.cn${PATH}/`) })).toEqual(['warning notify_url_elsewhere'])
    expect(judged({ targets: targetAt(`https://pay.example.cn/pay${PATH}`) })).toEqual(['ok settings_fine'])
    expect(judged({ trustsProxies: false })).toEqual(['warning proxies_not_trusted'])
    expect(judged({ hasAlertReceivers: false })).toEqual(['warning alerts_unreceived'])
    expect(judged({ gateways: [] })).toEqual(['warning gateway_missing'])
    expect(judged({ isProduction: false })).toEqual(['warning not_production'])
  })

  it('may name a private address or plain http where the gateway is simulated, which is told', () => {
    const simulated = [{ provider: 'wechat', url: 'http://127.0.0.1:3001', isReal: false }] as const
    const at = { gateways: simulated, targets: targetAt(`http://localhost${PATH}`), publicUrl: 'http://localhost' }
    expect(judged({ ...at, isProduction: false, trustsProxies: false })).toEqual(['warning gateway_simulated'])
    expect(judged({ ...at })).toEqual(['problem gateway_simulated', 'problem notify_url_plain'])
  })
})

describe('keys and certificates', () => {
  const certificate = (days: number) => ({
    name: 'wechat_merchant' as const,
    expiresAt: new Date(NOW.getTime() + days * 86_400_000),
  })
  const found = (certificates: Parameters<typeof keyFindings>[0]['certificates']) =>
    seen(keyFindings({ gateways: [], certificates, lacksMerchantCertificate: false }, NOW))

  it('are told by how long they last: the last 14 days are a warning', () => {
    expect(found([certificate(15)])).toEqual(['ok certificate_fine'])
    expect(found([certificate(14.9)])).toEqual(['warning certificate_ending'])
    expect(found([certificate(0)])).toEqual(['warning certificate_ending'])
    expect(found([certificate(-0.1)])).toEqual(['problem certificate_ended'])
    expect(found([{ name: 'wechat_platform', expiresAt: undefined }])).toEqual(['unknown certificate_absent'])
  })

  it('fit together, or each fault is told', () => {
    const gateways = [
      { provider: 'wechat', problems: ['WECHAT: merchantCertificate: belongs to another private key', 'WECHAT: x'] },
      { provider: 'alipay', problems: [] },
    ] as const
    expect(seen(keyFindings({ gateways, certificates: [], lacksMerchantCertificate: true }, NOW))).toEqual([
      'problem keys_wrong',
      'problem keys_wrong',
      'ok keys_fit',
      'unknown certificate_not_given',
    ])
  })
})

describe('a gateway', () => {
  const asked = async (error?: GatewayError) => {
    const clock = fixedClock({ at: NOW })
    const { gateway } = fakeGateway({ clock, provider: 'wechat' })
    const numbers: string[] = []
    const query: typeof gateway.query = async (number) => {
      numbers.push(number)
      return error === undefined ? ok({ state: 'not_found' }) : err(error)
    }
    const gateways = { configured: ['wechat', 'points'], find: () => ({ ...gateway, query }) } as const
    const findings = await gatewayFindings({ gateways, ids: sequentialIds(), clock })
    expect(numbers).toHaveLength(1)
    return seen(findings)
  }

  it('accepts us, refuses us, answers what proves nothing, or does not answer', async () => {
    expect(await asked()).toEqual(['ok gateway_accepts'])
    expect(await asked({ code: 'GATEWAY_REJECTED', gatewayCode: 'SIGN_ERROR', message: '' })).toEqual([
      'problem gateway_refuses',
    ])
    expect(await asked({ code: 'GATEWAY_UNAVAILABLE', reason: 'answer signature mismatch' })).toEqual([
      'problem gateway_unproven',
    ])
    expect(await asked({ code: 'GATEWAY_UNAVAILABLE', reason: 'ECONNREFUSED' })).toEqual(['problem gateway_silent'])
  })

  it.each([
    [0, 'ok clock_right'],
    [30_400, 'ok clock_right'],
    [-31_000, 'warning clock_off'],
    [120_000, 'warning clock_off'],
    [121_000, 'problem clock_off'],
    [-290_000, 'problem clock_off'],
  ])('whose clock is %i ms ahead: %s', async (ms, wanted) => {
    expect(seen(await clockFindings({ providers: ['wechat'], aheadMs: async () => ({ ms }) }))).toEqual([wanted])
  })

  it('that tells no time leaves it unknown', async () => {
    const clocks = { providers: ['alipay'], aheadMs: async () => ({ reason: 'ENOTFOUND' }) } as const
    expect(seen(await clockFindings(clocks))).toEqual(['unknown clock_unknown'])
  })
})

describe('the database', () => {
  const sound: DatabaseFacts = {
    durability: [{ name: 'synchronous', found: '2', wanted: '2' }],
    syncBinlog: undefined,
    schema: { steps: 90, problem: undefined },
    disk: { freeBytes: 50e9, totalBytes: 100e9 },
    aheadMs: undefined,
  }
  const found = async (changes: Partial<DatabaseFacts>) =>
    seen(await databaseFindings({ facts: async () => ({ ...sound, ...changes }) }))

  it('is sound, or told by what it would lose', async () => {
    expect(await found({})).toEqual(['ok database_durable', 'ok schema_current', 'ok disk_free'])
    expect(await found({ durability: [{ name: 'synchronous', found: '1', wanted: '2' }] })).toContain(
      'problem database_undurable',
    )
    expect(await found({ syncBinlog: '0' })).toContain('warning binlog_undurable')
    expect(await found({ syncBinlog: '1' })).not.toContain('warning binlog_undurable')
    expect(await found({ schema: { steps: 1, problem: 'older' } })).toContain('problem schema_unusable')
    expect(await found({ disk: { freeBytes: 9e9, totalBytes: 100e9 } })).toContain('warning disk_filling')
    expect(await found({ disk: { freeBytes: 9e8, totalBytes: 1e9 } })).toContain('warning disk_filling')
    expect(await found({ disk: { freeBytes: 9e7, totalBytes: 1e9 } })).toContain('problem disk_filling')
    expect(await found({ aheadMs: -31_000 })).toContain('warning database_clock_off')
    expect(await found({ aheadMs: 29_000 })).not.toContain('warning database_clock_off')
  })

  it('can’t be asked, and so can’t a service beside it', async () => {
    const unreachable = await databaseFindings({ facts: async () => ({ unreachable: 'ECONNREFUSED' }) })
    expect(seen(unreachable)).toEqual(['problem database_unreachable'])
    expect(seen(serviceFindings({ redis: true, broker: false }))).toEqual([
      'ok service_reached',
      'problem service_unreached',
    ])
  })
})

describe('refused callbacks', () => {
  const clock = fixedClock({ at: NOW })
  const agoDays = (days: number) => new Date(NOW.getTime() - days * 86_400_000)

  it('are hints and no faults, and forgotten after a week', async () => {
    const { readers, doctor: book } = createMemoryStore()
    expect(seen(await refusedFindings({ book, readers, clock }))).toEqual(['ok none_refused'])
    await book.addRefused([
      refusedCallback({ lastAt: agoDays(6) }),
      refusedCallback({ provider: 'alipay', lastAt: agoDays(8) }),
    ])
    const found = await refusedFindings({ book, readers, clock })
    expect(seen(found)).toEqual(['warning callback_refused'])
    expect(findingWording(found[0] as Finding)).toMatchObject({
      title: { zh: '拒绝过微信支付的通知：签名与正文不符' },
      advice: { en: expect.stringContaining('Signature and body differ') },
    })
  })

  it('that were genuine and could not be booked are counted', async () => {
    const { readers, transaction, doctor: book } = createMemoryStore()
    const facts = { notificationId: 'n', outTradeNo: undefined, orderId: undefined, eventAt: undefined } as const
    const deps = { ids: sequentialIds(), clock: fixedClock({ at: agoDays(1) }) }
    const raw = { headers: {}, body: new Uint8Array() }
    const record = notificationRecord(deps, 'wechat', raw, { ...facts, kind: 'other', verdict: 'unreadable' })
    await transaction.run(async ({ notifications }) => ok(await notifications.insert(record)))
    const found = await refusedFindings({ book, readers, clock })
    expect(seen(found)).toEqual(['ok none_refused', 'warning callbacks_unusable'])
    expect(found[1]?.facts).toMatchObject({ count: 1, verdicts: 'wechat unreadable: 1' })
  })
})
