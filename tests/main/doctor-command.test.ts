import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { makeSandboxKeys, type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { freePort } from '../support/free-port.ts'
import { leaksIn, linesOfPem } from '../support/leaks.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startWholeProgram, type WholeProgram } from '../support/whole-program.ts'
import { eventually } from '../wire/payer.ts'

type Told = {
  readonly healthy: boolean
  readonly findings: readonly { readonly level: string; readonly code: string; readonly subject: string }[]
}

const folder = temporaryDirectory()
let sandbox: Sandbox
let environment: Readonly<Record<string, string>>

beforeAll(async () => {
  sandbox = await startSandbox({ keys: await makeSandboxKeys(new Date()) })
  environment = {
    PORT: String(await freePort()),
    LOG_LEVEL: 'silent',
    DATA_ENCRYPTION_KEY: Buffer.alloc(32, 3).toString('base64'),
    JWT_SECRET: 'a secret for tests only, 32 bytes and more',
    ...sandboxSettings(sandbox),
  }
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

/** Runs the program to its end. */
const doctor = async (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
  const program = startWholeProgram({ ...environment, ...more }, folder.path, ['doctor', ...words])
  await program.origin // It never serves, so this is its end.
  return { code: await program.stop(), output: program.output() }
}

const codesOf = (output: string): readonly string[] => {
  const { findings } = JSON.parse(output) as Told
  return findings.map(({ level, code }) => `${level} ${code}`)
}

describe('shouyin doctor', () => {
  it('works where no service runs: the canaries find nobody, and it says so', async () => {
    const { code, output } = await doctor(['--json'])
    expect(code).toBe(1)
    const codes = codesOf(output)
    expect(codes.filter((one) => one === 'problem canary_unconnected')).toHaveLength(3)
    expect(codes).toContain('problem database_unreachable')
    expect(codes).toContain('ok gateway_accepts')
    expect(codes).toContain('ok clock_right')
  })

  it('is content beside a service that runs, and tells no secret', async () => {
    const service: WholeProgram = startWholeProgram(environment, folder.path)
    try {
      expect(await service.origin).toBeDefined()
      const { code, output } = await doctor(['--json'])
      expect([code, JSON.parse(output).healthy]).toEqual([0, true])
      const codes = codesOf(output)
      expect(codes.filter((one) => one === 'ok canary_returned')).toHaveLength(3)
      for (const one of ['ok keys_fit', 'ok database_durable', 'ok schema_current', 'ok none_refused'])
        expect(codes).toContain(one)
      const refused = await fetch(`${await service.origin}/api/v1/payments/wechat/notify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'wechatpay-serial': 'PUB_KEY_ID_01' },
        body: '{"payer":"nobody may read this"}',
      })
      expect(refused.status).toBe(401)
      const told = await eventually(
        () => doctor([]),
        ({ output: text }) => text.includes('refused 被拒绝'),
      )
      expect(told.output).toMatch(/refused 被拒绝 {2}wechat missing {2}×1 /)
      expect(told.output).toMatch(/signature_parts {2}FAILED 未通过 {2}wechatpay-serial/)
      expect(told.output).not.toContain('nobody may read this')
      expect(told.code).toBe(0)
      expect(told.output).toContain('通知地址畅通 The notify URL works')
      expect(told.output).toMatch(/problems 问题 0, warnings 注意 \d+, unknown 未知 0, ok \d+\n$/)
      const { wechat, alipay } = sandbox
      const secrets = {
        'data key': environment['DATA_ENCRYPTION_KEY'] ?? '',
        'APIv3 key': wechat.credentials.apiV3Key,
        ...linesOfPem('merchant key', wechat.credentials.merchantPrivateKey),
        'application key': alipay.credentials.privateKey.slice(100, 160),
      }
      expect(leaksIn(output + told.output, secrets)).toEqual([])
      expect((await doctor(['--no-canary', '--json'])).output).toContain('canary_skipped')
    } finally {
      await service.stop()
    }
  }, 180_000)

  it('lists all wrong settings, and keys that do not fit', async () => {
    const wrong = await doctor(['--json'], { PORT: 'x', LATE_PAYMENT_POLICY: 'keep' })
    expect([wrong.code, codesOf(wrong.output)]).toEqual([1, ['problem setting_invalid', 'problem setting_invalid']])
    const mixed = await doctor(['--json', '--no-canary'], {
      WECHAT_API_SERIAL_NO: '77',
      ALIPAY_PUBLIC_KEY: 'not a key',
    })
    expect(mixed.code).toBe(1)
    expect(codesOf(mixed.output).filter((one) => one === 'problem keys_wrong').length).toBeGreaterThanOrEqual(2)
  })

  it('takes no other words', async () => {
    expect((await doctor(['--nothing'])).code).toBe(2)
  })
})
