import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasWechat, loadSettings, usesSandbox } from '../../src/main/config.ts'

const problems = (environment: Readonly<Record<string, string>>): readonly string[] =>
  loadSettings(environment)._unsafeUnwrapErr().problems

const WECHAT = {
  WECHAT_APP_ID: 'wx1',
  WECHAT_MCH_ID: '1900000109',
  WECHAT_API_V3_KEY: 'k'.repeat(32),
  WECHAT_API_CLIENT_KEY: 'pem',
  WECHAT_API_SERIAL_NO: 'AB12',
}
const PRODUCTION = {
  ...WECHAT,
  NODE_ENV: 'production',
  JWT_SECRET: 's'.repeat(32),
  DATA_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  PUBLIC_URL: 'https://pay.example.cn',
}

describe('reading the settings', () => {
  it('starts with nothing set, on this machine, with the sandbox', () => {
    const settings = loadSettings({})._unsafeUnwrap()
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, DATABASE_URL: 'sqlite:./data/shouyin.db' })
    expect(settings.RECOVERY_SCHEDULE).toEqual([15_000, 30_000, 60_000, 180_000, 600_000, 1_800_000, 3_600_000])
    expect(settings.RATE_LIMIT_PAYMENTS_PER_USER).toEqual({ points: 5, durationSeconds: 300 })
    expect(settings.RATE_LIMIT_ORDERS_PER_USER).toEqual({ points: 20, durationSeconds: 300 })
    expect(settings.RATE_LIMIT_ORDERS_PER_IP).toEqual({ points: 300, durationSeconds: 3600 })
    expect(usesSandbox(settings)).toBe(true)
  })

  it('names all that is wrong at once, without repeating any value', () => {
    const found = problems({ PORT: 'http', JWT_SECRET: 'short-secret', ORDER_TTL_SECONDS: '-1', WECHAT_APP_ID: 'wx1' })
    expect(found.map((one) => one.split(':')[0])).toEqual(['PORT', 'JWT_SECRET', 'ORDER_TTL_SECONDS'])
    expect(found.join(' ')).not.toContain('short-secret')
  })

  it('reads any setting from a file, and only those it knows', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'shouyin-settings-')), 'secret')
    writeFileSync(file, `${'s'.repeat(40)}\n`)
    const settings = loadSettings({ JWT_SECRET_FILE: file, XDG_FILE: '/nowhere' })._unsafeUnwrap()
    expect(settings.JWT_SECRET).toBe('s'.repeat(40))
    expect(problems({ JWT_SECRET_FILE: '/nowhere' })).toEqual(["JWT_SECRET_FILE: the file can't be read"])
    expect(problems({ JWT_SECRET_FILE: file, JWT_SECRET: 't'.repeat(40) })).toHaveLength(1)
  })

  it('reads the amount above which two people are needed as money, and has none by default', () => {
    expect(loadSettings({})._unsafeUnwrap().FOUR_EYES_ABOVE).toBeUndefined()
    expect(loadSettings({ FOUR_EYES_ABOVE: '1000.5' })._unsafeUnwrap().FOUR_EYES_ABOVE).toBe(100_050)
    for (const wrong of ['-1', '1e3', '1000.001', '1,000', 'all'])
      expect(problems({ FOUR_EYES_ABOVE: wrong })).toEqual(['FOUR_EYES_ABOVE: an amount such as 1000.00'])
  })

  it('takes an empty value as unset', () => {
    expect(hasWechat(loadSettings({ WECHAT_MCH_ID: '' })._unsafeUnwrap())).toBe(false)
  })

  it('wants the settings of a gateway together', () => {
    const { WECHAT_API_V3_KEY: _, ...incomplete } = WECHAT
    expect(problems(incomplete)).toEqual(['WECHAT_API_V3_KEY: needed for WeChat Pay'])
    expect(problems({ ALIPAY_APP_ID: '2021', ALIPAY_PRIVATE_KEY: 'pem' })).toEqual([
      'ALIPAY_PUBLIC_KEY: needed, or the three certificates',
    ])
  })

  it('uses no sandbox beside a configured gateway, nor when it is off', () => {
    expect(usesSandbox(loadSettings(WECHAT)._unsafeUnwrap())).toBe(false)
    expect(usesSandbox(loadSettings({ SANDBOX: 'off' })._unsafeUnwrap())).toBe(false)
  })

  it('reads where alerts go, and when they may wait', () => {
    const settings = loadSettings({
      SMTP_URL: 'smtps://shop%40example.cn:p%3Aw@mail.example.cn',
      ALERT_EMAIL_TO: 'boss@example.cn, night@example.cn',
      ALERT_WEBHOOK_URL: 'https://oapi.dingtalk.com/robot/send?access_token=a,https://ops.example.cn/hooks',
      ALERT_QUIET_HOURS: '23:00-08:00',
    })._unsafeUnwrap()
    expect(settings).toMatchObject({
      SMTP_URL: 'smtps://shop%40example.cn:p%3Aw@mail.example.cn',
      ALERT_EMAIL_TO: ['boss@example.cn', 'night@example.cn'],
      ALERT_WEBHOOK_URL: ['https://oapi.dingtalk.com/robot/send?access_token=a', 'https://ops.example.cn/hooks'],
      ALERT_QUIET_HOURS: { fromMinute: 1380, toMinute: 480 },
    })
    expect(loadSettings({})._unsafeUnwrap()).toMatchObject({ ALERT_WEBHOOK_URL: [] })
  })

  it('wants both the mail server and somebody to write to', () => {
    expect(problems({ SMTP_URL: 'smtp://127.0.0.1' })).toEqual(['ALERT_EMAIL_TO: needed for mails of alerts'])
    expect(problems({ ALERT_EMAIL_TO: 'boss@example.cn' })).toEqual(['SMTP_URL: needed for mails of alerts'])
  })

  const SMS = {
    ALERT_SMS_TO: '13800138000, +86 139-0013-9000,8613800138000',
    ALERT_SMS_SECRET_ID: 'AKID',
    ALERT_SMS_SECRET_KEY: 'key',
    ALERT_SMS_APP_ID: '1400006666',
    ALERT_SMS_SIGN: '收银',
    ALERT_SMS_TEMPLATE_ID: '1110',
  }

  it('reads to whom text messages go, each number once, and what is an alert', () => {
    const settings = loadSettings({ ...SMS, ALERT_THRESHOLDS: 'error_rate=5' })._unsafeUnwrap()
    expect(settings).toMatchObject({ ALERT_SMS_TO: ['+8613800138000', '+8613900139000'], ALERT_SMS_DAILY_LIMIT: 20 })
    expect(settings.ALERT_THRESHOLDS).toMatchObject({ error_rate: 5, callback_delay: 30 })
    expect(loadSettings({})._unsafeUnwrap().ALERT_THRESHOLDS.error_rate).toBe(1)
  })

  it('wants all that text messages take, and a limit that lets one out', () => {
    const { ALERT_SMS_SIGN: _, ...others } = SMS
    expect(problems(others)).toEqual(['ALERT_SMS_SIGN: needed for text messages of alerts'])
    expect(problems({ ...SMS, ALERT_SMS_DAILY_LIMIT: '1' })).toEqual([
      'ALERT_SMS_DAILY_LIMIT: one message to everybody in ALERT_SMS_TO is more than that',
    ])
    expect(problems({ ALERT_SMS_ENDPOINT: 'https://sms.example.cn' })).toEqual([
      'ALERT_SMS_ENDPOINT: plain http, for tests',
    ])
  })

  it.each([
    ['PUBLIC_URL', 'https://pay.example.cn/path'],
    ['PUBLIC_URL', 'ftp://pay.example.cn'],
    ['DATABASE_URL', 'postgres://x'],
    ['DATABASE_URL', 'mysql://root@127.0.0.1:3306'],
    ['DATABASE_URL', 'mysql://root@127.0.0.1:3306/shop?isolation=serializable'],
    ['DATABASE_URL', 'mysql://root@127.0.0.1:3306/shop?connections=0'],
    ['DATABASE_URL', 'mysql://root@127.0.0.1:3306/shop?multipleStatements=true'],
    ['RECOVERY_SCHEDULE', '15s,,30s'],
    ['RATE_LIMIT_PAYMENTS_PER_USER', '5 per minute'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['DATA_ENCRYPTION_KEY', 'dG9vIHNob3J0'],
    ['SANDBOX', 'on'],
    ['SMTP_URL', 'http://mail.example.cn'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'smtp://u:%zz@mail.example.cn'],
    ['SMTP_URL', 'smtp://mail.example.cn?tls=no'],
    ['ALERT_EMAIL_TO', 'boss@example.cn,night'],
    ['ALERT_EMAIL_FROM', 'the shop'],
    ['ALERT_WEBHOOK_URL', 'https://ops.example.cn,ftp://ops.example.cn'],
    ['ALERT_QUIET_HOURS', '23-8'],
    ['ALERT_THRESHOLDS', 'error_rate=1%'],
    ['ALERT_SMS_TO', '13800138000,12345'],
    ['ALERT_SMS_TO', ','],
    ['ALERT_SMS_TO', '+85291234567'],
    ['ALERT_SMS_DAILY_LIMIT', '0'],
  ])('refuses %s=%s', (name, value) => {
    expect(problems({ [name]: value })[0]).toMatch(new RegExp(`^${name}`))
  })
})

describe('production', () => {
  it('starts with a gateway, secrets and a public address', () => {
    expect(loadSettings(PRODUCTION).isOk()).toBe(true)
  })

  it('refuses to start without any of them, and with a sandbox', () => {
    expect(problems({ NODE_ENV: 'production' }).map((one) => one.split(':')[0])).toEqual([
      'WECHAT_MCH_ID',
      'JWT_SECRET',
      'DATA_ENCRYPTION_KEY',
      'PUBLIC_URL',
    ])
    for (const address of ['https://127.0.0.1:3001', 'http://api.mch.weixin.qq.com'])
      expect(problems({ ...PRODUCTION, WECHAT_BASE_URL: address })).toHaveLength(1)
    expect(problems({ ...PRODUCTION, ALERT_WEBHOOK_URL: 'http://ops.example.cn/hooks' })).toEqual([
      'ALERT_WEBHOOK_URL: in production https',
    ])
    expect(problems({ ...PRODUCTION, ALERT_SMS_ENDPOINT: 'http://127.0.0.1:9' })).toEqual([
      'ALERT_SMS_ENDPOINT: not in production',
    ])
    const { JWT_SECRET: _, ...withoutSecret } = PRODUCTION
    expect(loadSettings({ ...withoutSecret, JWT_JWKS_URL: 'https://id.example.cn/keys' }).isOk()).toBe(true)
    expect(problems({ ...withoutSecret, JWT_JWKS_URL: 'http://id.example.cn/keys' })).toEqual([
      'JWT_JWKS_URL: in production https',
    ])
    expect(problems({ ...PRODUCTION, WEBHOOK_ALLOW_PRIVATE: 'true' })).toEqual([
      'WEBHOOK_ALLOW_PRIVATE: not in production',
    ])
  })
})
