import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  makeSandboxKeys,
  type SandboxKeys,
  type SandboxOptions,
  startSandbox,
} from '../../src/adapters/sandbox/sandbox.ts'
import type { CallbackMessage } from '../../src/adapters/sandbox/send-callback.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import type { FullGateway, RawNotification } from '../../src/application/payments/payment-gateway.ts'
import { fen } from '../../src/domain/money.ts'
import { loadSettings } from '../../src/main/config.ts'
import type { Environment } from '../../src/main/environment.ts'
import { openGateways } from '../../src/main/gateways.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'

const [old, others] = await Promise.all([makeSandboxKeys(), makeSandboxKeys()])

type Name = 'wechat' | 'alipay'

/** What a gateway sends of a payment while it has these keys, and the settings that fit it. */
const paid = async (name: Name, keys: SandboxKeys, options: SandboxOptions) => {
  const sandbox = await startSandbox({ callbackSpeed: 1000, ...options, keys })
  const certificates = sandbox.alipay.credentials.certificates
  const environment: Environment = {
    ...sandboxSettings(sandbox),
    ...(certificates === undefined
      ? {}
      : {
          ALIPAY_PUBLIC_KEY: undefined,
          ALIPAY_APP_CERT: certificates.app,
          ALIPAY_CERT: certificates.alipay,
          ALIPAY_ROOT_CERT: certificates.root,
        }),
  }
  try {
    const message = await withGateway(name, environment, async (gateway) => {
      const outTradeNo = randomIds.outTradeNo(new Date())
      const made = await gateway.create({
        method: name === 'wechat' ? 'WECHAT_NATIVE' : 'ALIPAY_QR',
        outTradeNo,
        amount: fen(9900),
        currency: 'CNY',
        request: {
          subject: '会员年卡',
          notifyUrl: gateway.notifyUrl,
          returnUrl: undefined,
          openid: undefined,
          clientIp: undefined,
        },
        expiresAt: new Date(Date.now() + 1_800_000),
      })
      expect(made.isOk()).toBe(true)
      await sandbox[name].pay(outTradeNo)
      return raw(sandbox[name].notification({ outTradeNo }))
    })
    return { environment, message }
  } finally {
    await sandbox.stop()
  }
}

const raw = ({ headers, body }: CallbackMessage): RawNotification => ({
  headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value])),
  body,
})

const withGateway = async <T>(
  name: Name,
  environment: Environment,
  use: (gateway: FullGateway) => Promise<T>,
): Promise<T> => {
  const settings = loadSettings({ ...environment, NODE_ENV: 'test' })._unsafeUnwrap()
  const deps = { clock: systemClock, randomness: systemRandomness, publicUrl: 'http://127.0.0.1:9', log: () => {} }
  const gateways = (await openGateways(settings, deps))._unsafeUnwrap()
  try {
    const gateway = gateways.find(name)
    if (gateway === undefined) throw new Error(`no ${name}`)
    return await use(gateway)
  } finally {
    await gateways.stop()
  }
}

/** What becomes of a message: `payment_succeeded`, or why it is refused. */
const read = (name: Name, environment: Environment, message: RawNotification): Promise<string> =>
  withGateway(name, environment, async (gateway) =>
    (await gateway.readNotification(message)).match(
      ({ kind }) => kind,
      ({ code }) => code,
    ),
  )

type Change = {
  readonly what: string
  readonly name: Name
  /** The credentials that both sides have from now on. */
  readonly since: SandboxKeys
  readonly options: SandboxOptions
  /** The settings that hold both while they are being changed. */
  readonly several: readonly string[]
  /** What an old message is without the old one. */
  readonly refused: string
}

const wechat = (changed: Partial<SandboxKeys['wechatKeys']>): SandboxKeys => ({
  ...old,
  wechatKeys: { ...old.wechatKeys, ...changed },
})

const CHANGES: readonly Change[] = [
  {
    what: 'the APIv3 key',
    name: 'wechat',
    since: wechat({ apiV3Key: randomBytes(16).toString('hex') }),
    options: {},
    several: ['WECHAT_API_V3_KEY'],
    refused: 'NOTIFICATION_UNREADABLE',
  },
  {
    what: 'the public key of WeChat Pay',
    name: 'wechat',
    since: wechat({ publicKey: others.wechatKeys.publicKey }),
    options: { wechatKeys: 'public_key' },
    several: ['WECHAT_PAY_PUBLIC_KEY', 'WECHAT_PAY_PUBLIC_KEY_ID'],
    refused: 'SIGNATURE_INVALID',
  },
  {
    what: 'the public key of Alipay',
    name: 'alipay',
    since: { ...old, alipayKeys: { ...old.alipayKeys, alipay: others.alipayKeys.alipay } },
    options: {},
    several: ['ALIPAY_PUBLIC_KEY'],
    refused: 'SIGNATURE_INVALID',
  },
  {
    what: 'the certificate of Alipay',
    name: 'alipay',
    since: { ...old, alipayKeys: { ...old.alipayKeys, alipay: others.alipayKeys.alipay } },
    options: { alipayMode: 'certificate' },
    several: ['ALIPAY_CERT'],
    refused: 'SIGNATURE_INVALID',
  },
]

describe('while credentials are being changed', () => {
  it.each(CHANGES)('messages under the old and the new one are accepted: $what', async (change) => {
    const { name, since, options, several, refused } = change
    const before = await paid(name, old, options)
    const after = await paid(name, since, options)
    const both = Object.fromEntries(
      several.map((setting) => [setting, `${after.environment[setting]},${before.environment[setting]}`]),
    )
    const during = { ...after.environment, ...both }
    expect(await read(name, during, before.message)).toBe('payment_succeeded')
    expect(await read(name, during, after.message)).toBe('payment_succeeded')
    expect(await read(name, after.environment, after.message)).toBe('payment_succeeded')
    expect(await read(name, after.environment, before.message)).toBe(refused)
    expect(await read(name, before.environment, after.message)).toBe(refused)
  })

  it.each([
    ['WECHAT_API_V3_KEY', 'previousApiV3Keys[0]'],
    ['WECHAT_PAY_PUBLIC_KEY', 'previousPublicKeys[0]'],
    ['WECHAT_PAY_PUBLIC_KEY_ID', 'previousPublicKeys[0]'],
    ['ALIPAY_PUBLIC_KEY', 'previousAlipayPublicKeys[0]'],
  ])('a second %s that is none stops the start', async (setting, problem) => {
    const sandbox = await startSandbox({ keys: old })
    const given: Environment = sandboxSettings(sandbox)
    await sandbox.stop()
    const settings = loadSettings({ ...given, [setting]: `${given[setting]},x` })._unsafeUnwrap()
    const deps = { clock: systemClock, randomness: systemRandomness, publicUrl: 'http://127.0.0.1:9', log: () => {} }
    const problems = (await openGateways(settings, deps))._unsafeUnwrapErr()
    expect(problems).toEqual([expect.stringContaining(problem)])
  })
})

const PAIR = ['WECHAT_API_CLIENT_KEY', 'WECHAT_API_SERIAL_NO', 'WECHAT_API_CLIENT_CERT'] as const
type Part = (typeof PAIR)[number]

describe('what requests to WeChat Pay are signed with', () => {
  const settingsOf = async (keys: SandboxKeys) => {
    const sandbox = await startSandbox({ keys })
    const given = sandboxSettings(sandbox)
    await sandbox.stop()
    return given
  }
  /** What keeps the service from starting with these settings. */
  const problemsOf = async (environment: Environment): Promise<readonly string[]> => {
    const settings = loadSettings(environment)._unsafeUnwrap()
    const deps = { clock: systemClock, randomness: systemRandomness, publicUrl: 'http://127.0.0.1:9', log: () => {} }
    const opened = await openGateways(settings, deps)
    if (opened.isErr()) return opened.error
    await opened.value.stop()
    return []
  }

  it('is replaced as a whole', async () => {
    const [one, other] = [await settingsOf(old), await settingsOf(others)]
    const replaced = (parts: readonly Part[]): Environment => ({
      ...one,
      ...Object.fromEntries(parts.map((part) => [part, other[part]])),
    })
    expect(await problemsOf(one)).toEqual([])
    expect(await problemsOf(replaced(PAIR))).toEqual([])
    const key = expect.stringContaining('merchantCertificate: belongs to another private key')
    const serial = expect.stringContaining('merchantSerialNo: not the serial of merchantCertificate')
    expect(await problemsOf(replaced(['WECHAT_API_CLIENT_KEY']))).toEqual([key])
    expect(await problemsOf(replaced(['WECHAT_API_SERIAL_NO']))).toEqual([serial])
    expect(await problemsOf(replaced(['WECHAT_API_CLIENT_CERT']))).toEqual([key, serial])
    expect(await problemsOf(replaced(['WECHAT_API_CLIENT_KEY', 'WECHAT_API_SERIAL_NO']))).toEqual([key, serial])
  })
})
