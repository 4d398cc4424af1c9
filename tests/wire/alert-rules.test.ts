import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { SMS_KEYS, startSmsReceiver } from '../support/sms-receiver.ts'
import { call, eventually } from './payer.ts'

let running: RunningHere
let sms: Awaited<ReturnType<typeof startSmsReceiver>>
beforeAll(async () => {
  sms = await startSmsReceiver()
  running = await startRunning({
    settings: {
      ALERT_THRESHOLDS: 'callbacks_failing=50',
      ALERT_SMS_TO: '13800138000',
      ALERT_SMS_SECRET_ID: SMS_KEYS.secretId,
      ALERT_SMS_SECRET_KEY: SMS_KEYS.secretKey,
      ALERT_SMS_APP_ID: '1400006666',
      ALERT_SMS_SIGN: '收银',
      ALERT_SMS_TEMPLATE_ID: '1110',
      ALERT_SMS_ENDPOINT: sms.origin,
    },
  })
})
afterAll(async () => {
  await running.stop()
  await sms.stop()
})

/** What every process does every ten seconds, done now. */
const look = async (): Promise<void> => {
  const { container } = running.service
  await container.get(tokens.keepActivity)()
  running.clock.advance(60_000)
  await container.get(tokens.evaluateAlerts)()
}
const alertOf = async (rule: string) =>
  (await call(running, `/admin/alerts?rule=${rule}`, { token: await running.token('boss', true) })).json.data.map(
    ({ subject, status, title }: Readonly<Record<string, unknown>>) => ({ subject, status, title }),
  )

describe('the rules of alerts over the whole service', () => {
  it('see callbacks that nobody could have signed, and that genuine ones come again', async () => {
    const url = `${running.origin}/api/v1/payments/wechat/notify`
    for (let n = 0; n < 6; n += 1) expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)
    await look()
    expect(await alertOf('callbacks_failing')).toMatchObject([
      { subject: 'wechat', status: 'firing', title: { zh: '微信支付 最近 15 分钟有 6 条通知没有通过（100%）' } },
    ])
    const { alerts, alertDeliveries } = running.store.readers
    const [alert] = (await alerts.list({ rule: 'callbacks_failing' }, { limit: 1, after: undefined })).items
    await eventually(
      () => alertDeliveries.listByAlert(alert?.id ?? ''),
      (queued) => queued.length === 1,
    )
    running.clock.advance(5_000)
    await eventually(
      async () => sms.taken,
      (taken) => taken.length === 1,
    )
    expect(sms.taken).toMatchObject([{ PhoneNumberSet: ['+8613800138000'], TemplateParamSet: ['通知未通过', '1'] }])
    running.clock.advance(20 * 60_000)
    running.service.container.get(tokens.activity).count('callbacks', 'wechat', false)
    await look()
    expect(await alertOf('callbacks_failing')).toMatchObject([{ subject: 'wechat', status: 'resolved' }])
  })

  it('see tokens that are wrong again and again', async () => {
    for (let n = 0; n < 55; n += 1) await call(running, '/orders', { token: 'wrong' })
    await running.service.container.get(tokens.keepActivity)()
    running.clock.advance(15 * 60_000)
    await look()
    expect(await alertOf('unusual_activity')).toMatchObject([
      { subject: 'wrong_tokens', status: 'firing', title: { zh: '发现异常活动：大量请求的登录凭证无效' } },
    ])
  })

  it('know when the certificates end that WeChat Pay signs with', async () => {
    const { gateways } = running.service
    await gateways.keysFetched()
    const certificate = gateways.certificates().find(({ name }) => name === 'wechat_platform')
    const left = (certificate?.expiresAt?.getTime() ?? 0) - running.clock.now().getTime()
    expect(left).toBeGreaterThan(0)
    running.clock.advance(left - 10.5 * 86_400_000)
    await look()
    expect(await alertOf('certificate_expiring')).toContainEqual({
      subject: 'wechat_platform',
      status: 'firing',
      title: expect.objectContaining({ zh: expect.stringMatching(/^微信支付平台证书将在 .*（还有 10 天）$/) }),
    })
  })
})
