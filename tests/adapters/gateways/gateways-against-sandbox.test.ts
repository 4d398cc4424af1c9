import { createAlipayGateway } from '../../../src/adapters/gateways/alipay/alipay-gateway.ts'
import { createWechatGateway } from '../../../src/adapters/gateways/wechat/wechat-gateway.ts'
import type { CallbackMessage } from '../../../src/adapters/sandbox/send-callback.ts'
import { makeSandboxKeys, type SandboxOptions, startSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import { randomIds } from '../../../src/adapters/system/random-ids.ts'
import { systemClock } from '../../../src/adapters/system/system-clock.ts'
import { systemRandomness } from '../../../src/adapters/system/system-randomness.ts'
import type { CreateTrade, RawNotification } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import type { PaymentMethod } from '../../../src/domain/payment.ts'
import { paymentGatewayContract } from '../../contracts/payment-gateway-contract.ts'

/** Made once: a sandbox for each test would spend most of the time on them. */
const keys = await makeSandboxKeys()
const deps = { clock: systemClock, randomness: systemRandomness }
const notifyUrl = 'http://127.0.0.1:9/notify' // Nobody listens there: these tests take the message from the sandbox.

const tradeOf =
  (method: PaymentMethod) =>
  (given: Partial<CreateTrade> = {}): CreateTrade => ({
    method,
    outTradeNo: randomIds.outTradeNo(new Date()),
    amount: fen(9900),
    currency: 'CNY',
    request: { subject: '会员年卡', notifyUrl, returnUrl: undefined, openid: undefined, clientIp: undefined },
    expiresAt: new Date(Date.now() + 1_800_000),
    ...given,
  })

const raw = ({ headers, body }: CallbackMessage): RawNotification => ({
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  body,
})

const wechat = (wechatKeys: NonNullable<SandboxOptions['wechatKeys']>) => async () => {
  const sandbox = await startSandbox({ wechatKeys, callbackSpeed: 1000, keys })
  const { publicKey, publicKeyId, ...credentials } = sandbox.wechat.credentials
  const trust = wechatKeys === 'certificates' ? {} : { publicKey, publicKeyId }
  const made = createWechatGateway(
    { ...credentials, ...trust, notifyUrl, refundNotifyUrl: notifyUrl, timeoutMs: 3000 },
    deps,
  )
  const gateway = made._unsafeUnwrap()
  await gateway.start()
  return {
    gateway,
    method: 'WECHAT_NATIVE',
    trade: tradeOf('WECHAT_NATIVE'),
    pay: async (outTradeNo: string) => void (await sandbox.wechat.pay(outTradeNo)),
    paymentNotification: async (outTradeNo: string) => raw(sandbox.wechat.notification({ outTradeNo })),
    close: async () => {
      await gateway.stop()
      await sandbox.stop()
    },
  } as const
}

const alipay = (alipayMode: NonNullable<SandboxOptions['alipayMode']>) => async () => {
  const sandbox = await startSandbox({ alipayMode, callbackSpeed: 1000, keys })
  const { appId, sellerId, privateKey, alipayPublicKey, gatewayUrl, certificates } = sandbox.alipay.credentials
  const trust = certificates === undefined ? { alipayPublicKey } : { certificates }
  const made = createAlipayGateway(
    { appId, sellerId, privateKey, ...trust, gatewayUrl, notifyUrl, timeoutMs: 3000 },
    deps,
  )
  const gateway = made._unsafeUnwrap()
  return {
    gateway,
    method: 'ALIPAY_QR',
    trade: tradeOf('ALIPAY_QR'),
    pay: async (outTradeNo: string) => void (await sandbox.alipay.pay(outTradeNo)),
    paymentNotification: async (outTradeNo: string) => raw(sandbox.alipay.notification({ outTradeNo })),
    close: async () => {
      await gateway.stop()
      await sandbox.stop()
    },
  } as const
}

paymentGatewayContract('WechatGateway with platform certificates', wechat('certificates'))
paymentGatewayContract('WechatGateway with the public key', wechat('public_key'))
paymentGatewayContract('WechatGateway with both', wechat('both'))
paymentGatewayContract('AlipayGateway with keys', alipay('key'))
paymentGatewayContract('AlipayGateway with certificates', alipay('certificate'))
