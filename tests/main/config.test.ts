import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasWechat, loadSettings, unusedSettings, usesSandbox } from '../../src/main/config.ts'

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

  it('tells which valid settings have no effect yet', () => {
    const settings = loadSettings({ SMTP_URL: 'smtp://127.0.0.1', REDIS_URL: 'redis://127.0.0.1' })._unsafeUnwrap()
    expect(unusedSettings(settings)).toEqual(['SMTP_URL'])
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
    expect(problems({ ...PRODUCTION, WEBHOOK_ALLOW_PRIVATE: 'true' })).toEqual([
      'WEBHOOK_ALLOW_PRIVATE: not in production',
    ])
  })
})
