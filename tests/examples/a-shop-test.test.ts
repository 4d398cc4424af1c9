/** What docs/testing.md shows: a shop's own test of an order that is paid, with nothing real and nothing mocked. */
import { expect, it } from 'vitest'
import { startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { loadSettings } from '../../src/main/config.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { startService } from '../../src/main/start.ts'
import { freePort } from '../support/free-port.ts'

it('an order is paid, whatever happens to the first callback', async () => {
  const sandbox = await startSandbox({ callbackSpeed: 1000 })
  const settings = loadSettings({
    ...sandboxSettings(sandbox),
    PORT: String(await freePort()),
    DATABASE_URL: 'sqlite::memory:',
    JWT_SECRET: 'only for tests, at least 32 bytes long',
    DATA_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    LOG_LEVEL: 'silent',
  })._unsafeUnwrap()
  const service = (await startService(settings))._unsafeUnwrap()
  try {
    sandbox.alipay.faults.add({ operation: 'callback', kind: 'forged' })
    const shop = await shopOn(service.origin, settings.JWT_SECRET ?? '')
    const { orderId, outTradeNo } = await shop.buy('demo')
    await sandbox.alipay.pay(outTradeNo)
    await sandbox.alipay.callbacksSettled()
    expect(await shop.statusOf(orderId)).toBe('paid')
  } finally {
    await service.stop()
    await sandbox.stop()
  }
})

/** The few calls this shop makes. */
const shopOn = async (origin: string, secret: string) => {
  const { signToken } = await import('../../src/adapters/cli/sign-token.ts')
  const claims = { seconds: 60, issuer: undefined, audience: undefined }
  const user = await signToken(secret, { user: 'u1', admin: false, ...claims }, new Date())
  const admin = await signToken(secret, { user: 'boss', admin: true, ...claims }, new Date())
  const call = async (token: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    return ((await (await fetch(`${origin}/api/v1${path}`, init)).json()) as { data: Record<string, never> }).data // As documented.
  }
  return {
    buy: async (name: string) => {
      const fulfilment = { type: 'points', points: 100, bonusPoints: 0 }
      const product = await call(admin, '/admin/products', { name, price: '1.00', currency: 'CNY', fulfilment })
      const order = await call(user, '/orders', { items: [{ productId: product['id'], quantity: 1 }] })
      const created = await call(user, '/payments/alipay/create', { orderId: order['id'], method: 'ALIPAY_QR' })
      const { outTradeNo } = created['payment'] as unknown as { outTradeNo: string } // As documented.
      return { orderId: String(order['id']), outTradeNo }
    },
    statusOf: async (orderId: string) => (await call(user, `/orders/${orderId}`))['status'],
  }
}
