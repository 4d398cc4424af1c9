import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signToken } from '../../src/adapters/cli/sign-token.ts'
import { makeSandboxKeys, type Sandbox, startSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { freePort } from '../support/free-port.ts'
import { leaksIn, linesOfPem } from '../support/leaks.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { startWholeProgram, type WholeProgram } from '../support/whole-program.ts'
import { call, codesOf, deliver, eventually, GRANT, METHOD, open, order, sell } from '../wire/payer.ts'

const plant = (name: string): string => `${name}-${randomBytes(24).toString('hex')}`

const JWT_SECRET = plant('jwt')
const DATA_KEY = randomBytes(32)
const METRICS_TOKEN = plant('metrics')
const COLLECTOR_KEY = plant('collector')
const MAIL_PASSWORD = plant('mail')
const ROBOT = plant('robot')
const ROBOT_SECRET = plant('robot-secret')
const BROKER_PASSWORD = plant('broker')
const REDIS_PASSWORD = plant('redis')
const OPENID = `o${randomBytes(20).toString('hex')}`
const IDEMPOTENCY_KEY = plant('key')
const HOOK = plant('hook')
const STRAY = plant('stray')

const folder = temporaryDirectory()
let sandbox: Sandbox
let collector: TraceCollector
let program: WholeProgram
let metrics = ''
/** Everything nobody may find again, by name; what is made on the way is added when it is. */
const secrets: Record<string, string | Buffer> = {
  'JWT secret': JWT_SECRET,
  'data encryption key': DATA_KEY,
  'metrics token': METRICS_TOKEN,
  'key of the collector': COLLECTOR_KEY,
  'password of the mail server': MAIL_PASSWORD,
  'address of a robot': ROBOT,
  'secret of a robot': ROBOT_SECRET,
  'password of the broker': BROKER_PASSWORD,
  'password of Redis': REDIS_PASSWORD,
  'openid of a payer': OPENID,
  'idempotency key': IDEMPOTENCY_KEY,
  'path of a webhook': HOOK,
  'what stands in an address, a body or a header that nobody wants': STRAY,
}

type Here = { readonly origin: string; token(user: string, admin?: boolean): Promise<string> }

const tokenOf = async (user: string, admin = false): Promise<string> => {
  const claims = { user, admin, seconds: 3600, issuer: undefined, audience: undefined }
  const token = await signToken(JWT_SECRET, claims, new Date())
  secrets[`token of ${user}`] = token.split('.')[2] ?? token
  return token
}

beforeAll(async () => {
  sandbox = await startSandbox({ callbackSpeed: 1000, keys: await makeSandboxKeys(new Date()) })
  collector = await startTraceCollector()
  const { wechat, alipay } = sandbox
  secrets['APIv3 key'] = wechat.credentials.apiV3Key
  Object.assign(secrets, linesOfPem('merchant key', wechat.credentials.merchantPrivateKey))
  Object.assign(secrets, linesOfPem('Alipay key', alipay.credentials.privateKey))
  const nowhere = await freePort()
  program = startWholeProgram(
    {
      ...sandboxSettings(sandbox),
      PORT: String(await freePort()),
      DATABASE_URL: `sqlite:${join(folder.path, 'data.db')}`,
      LOG_LEVEL: 'trace',
      JWT_SECRET,
      DATA_ENCRYPTION_KEY: DATA_KEY.toString('base64'),
      METRICS_TOKEN,
      SCHEDULER_TICK_MS: '50',
      RECOVERY_SCHEDULE: '100ms',
      RATE_LIMIT_PAYMENTS_PER_USER: '1000/60s',
      WEBHOOK_ALLOW_PRIVATE: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${COLLECTOR_KEY}`,
      SMTP_URL: `smtp://shop:${MAIL_PASSWORD}@127.0.0.1:${nowhere}`,
      ALERT_EMAIL_TO: 'boss@example.cn',
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${nowhere}/robot/send?access_token=${ROBOT}`,
      ALERT_DINGTALK_SECRET: ROBOT_SECRET,
      AMQP_URL: `amqp://shop:${BROKER_PASSWORD}@127.0.0.1:${nowhere}`,
      REDIS_URL: `redis://:${REDIS_PASSWORD}@127.0.0.1:${nowhere}`,
    },
    folder.path,
  )
  const origin = await program.origin
  if (origin === undefined) throw new Error(`it did not start:\n${program.output()}`)
  await useAll({ origin, token: tokenOf })
  const authorization = `Bearer ${METRICS_TOKEN}`
  metrics = await (await fetch(`${origin}/metrics`, { headers: { authorization } })).text()
  await program.stop()
}, 60_000)
afterAll(async () => {
  await program?.stop()
  await sandbox?.stop()
  await collector?.close()
  folder.remove()
})

/** A day in the life of the service, as far as it handles anything that is nobody's business. */
const useAll = async (here: Here): Promise<void> => {
  const admin = await here.token('boss', true)
  const url = `http://127.0.0.1:${await freePort()}/${HOOK}`
  const endpoint = await call(here, '/admin/webhook-endpoints', { token: admin, body: { url } })
  secrets['secret of a webhook'] = String(endpoint.json.data.secret).replace('whsec_', '')
  await payAndRefund(here)
  await redeem(here)
  await misbehave(here)
  await failAtGateways(here)
}

const payAndRefund = async (here: Here): Promise<void> => {
  const token = await here.token('payer')
  const grant = await sell(here, GRANT)
  const headers = { 'Idempotency-Key': IDEMPOTENCY_KEY }
  const made = { token, headers, body: { items: [{ productId: grant, quantity: 1 }] } }
  const { json } = await call(here, '/orders', made)
  await call(here, '/orders', made)
  await call(here, '/orders', { ...made, body: { items: [{ productId: grant, quantity: 2 }] } })
  secrets['token of a cashier link'] = new URL(json.data.cashierUrl).hash.slice(1)
  const orderId: string = json.data.id
  const body = { orderId, method: 'WECHAT_JSAPI', openid: OPENID }
  const created = await call(here, '/payments/wechat/create', { token, body })
  secrets['signature of an invocation'] = created.json.data.action.params.paySign
  await sandbox.wechat.pay(created.json.data.payment.outTradeNo)
  await untilPaid(here, orderId, token)
  await call(here, '/payments/wechat/refund', { token, body: { orderId, amount: '1.00', reason: '不想要了' } })
  const alipay = await open(here, await order(here, grant, 'payer'), 'alipay', 'payer')
  await sandbox.alipay.pay(alipay.codeUrl)
  await untilPaid(here, alipay.orderId, token)
  const back = { orderId: alipay.orderId, amount: '99.00', reason: '不想要了' }
  await call(here, '/payments/alipay/refund', { token, body: back })
}

const untilPaid = (here: Here, orderId: string, token: string) =>
  eventually(
    async () => (await call(here, `/orders/${orderId}`, { token })).json.data.status,
    (status) => status === 'paid',
  )

const redeem = async (here: Here): Promise<void> => {
  const token = await here.token('reader')
  const productId = await sell(here, { type: 'access', delivery: 'code', validityDays: 30 })
  const [code = ''] = await codesOf(here, productId, 1)
  secrets['access code'] = code
  secrets['access code, plain'] = code.replaceAll('-', '')
  for (const body of [{ code }, { code }, { code: STRAY.slice(0, 19) }, { code: 7 }])
    await call(here, '/access-codes/activate', { token, body })
}

const misbehave = async (here: Here): Promise<void> => {
  const token = await here.token('nobody')
  const asked = (path: string, init: RequestInit = {}) => fetch(`${here.origin}${path}`, init)
  await asked(`/nowhere/${STRAY}?token=${STRAY}`)
  await asked(`/api/v1/orders/${STRAY}?secret=${STRAY}`, { headers: { authorization: `Bearer ${token}` } })
  await asked('/api/v1/orders', { headers: { authorization: `Bearer ${STRAY}`, cookie: `session=${STRAY}` } })
  await asked('/metrics', { headers: { authorization: `Bearer ${STRAY}` } })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (const body of [`{"${STRAY}":1}`, `{"items":"${STRAY}"`, STRAY])
    await asked('/api/v1/orders', { method: 'POST', headers, body })
  for (const gateway of ['wechat', 'alipay'] as const) {
    const forged = { headers: { 'wechatpay-serial': STRAY, 'wechatpay-signature': STRAY }, body: Buffer.from(STRAY) }
    await deliver(here, gateway, forged)
    await deliver(here, gateway, { ...forged, body: Buffer.from(`sign=${STRAY}&sign_type=RSA2&out_trade_no=1`) })
  }
  const genuine = sandbox.wechat.notification({ outTradeNo: 'P20260301UNKNOWN0000000000001', total: 1 })
  secrets['signature of a callback'] =
    genuine.headers['wechatpay-signature'] ?? genuine.headers['Wechatpay-Signature'] ?? ''
  await deliver(here, 'wechat', genuine)
  await deliver(here, 'wechat', { ...genuine, body: Buffer.from(`${String(genuine.body)} `) })
  await deliver(here, 'alipay', sandbox.alipay.notification({ outTradeNo: 'P20260301UNKNOWN0000000000002', total: 1 }))
}

const failAtGateways = async (here: Here): Promise<void> => {
  const productId = await sell(here, GRANT)
  const token = await here.token('unlucky')
  for (const gateway of ['wechat', 'alipay'] as const)
    for (const kind of ['error_500_after', 'html_502', 'bad_signature', 'truncated', 'cut_after'] as const) {
      sandbox[gateway].faults.add({ operation: 'create', kind })
      const orderId = await order(here, productId, 'unlucky')
      await call(here, `/payments/${gateway}/create`, { token, body: { orderId, method: METHOD[gateway] } })
      await call(here, `/payments/${gateway}/query/${orderId}`, { token })
    }
}

describe('what the service tells of itself', () => {
  it('is something: requests, calls, traces and metrics of all that was done', () => {
    const lines = program.output().split('\n')
    const logged = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
    expect(logged.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(40)
    expect(logged.some(({ msg }) => msg === 'wechat.call')).toBe(true)
    expect(logged.some(({ msg }) => msg === 'alipay.call')).toBe(true)
    expect(collector.spans.length).toBeGreaterThan(200)
    expect(metrics).toContain('shouyin_payments_total{')
    expect(Object.values(secrets).every(({ length }) => length >= 16)).toBe(true)
  })

  it('has no secret in its log', () => {
    expect(leaksIn(program.output(), secrets)).toEqual([])
  })

  it('has no secret in its traces', () => {
    expect(leaksIn(collector.bodies.join('\n'), secrets)).toEqual([])
  })

  it('has no secret in its metrics', () => {
    expect(leaksIn(metrics, secrets)).toEqual([])
  })

  it('gives each line of a request that request, and the order where it is known', () => {
    const logged = program
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    const created = logged.find(({ route, status }) => route === '/api/v1/payments/:provider/create' && status === 201)
    expect(created).toMatchObject({
      requestId: expect.any(String),
      orderId: expect.any(String),
      traceId: expect.any(String),
    })
    const sent = logged.find(({ msg, requestId }) => msg === 'wechat.call' && requestId === created.requestId)
    expect(sent).toMatchObject({ traceId: created.traceId, gateway: { operation: expect.any(String) } })
  })
})

describe('a start with wrong settings', () => {
  it('says which are wrong and nothing of what they are', async () => {
    const wrong = {
      JWT_SECRET: STRAY.slice(0, 20),
      DATA_ENCRYPTION_KEY: plant('data'),
      METRICS_TOKEN: randomBytes(5).toString('hex'),
      WECHAT_API_V3_KEY: plant('apiv3'),
      WECHAT_API_CLIENT_KEY: plant('pem'),
      ALIPAY_PRIVATE_KEY: plant('pem'),
      DATABASE_URL: `mysql://shop:${plant('password')}@127.0.0.1:port/x`,
      SMTP_URL: `smtp://shop:${plant('password')}@/%`,
      REDIS_URL: plant('redis'),
      AMQP_URL: plant('amqp'),
      OTEL_EXPORTER_OTLP_HEADERS: plant('header'),
      LOG_LEVEL: 'trace',
    }
    const refused = startWholeProgram(wrong, folder.path)
    expect(await refused.origin).toBeUndefined()
    for (const name of [
      'JWT_SECRET',
      'DATA_ENCRYPTION_KEY',
      'METRICS_TOKEN',
      'REDIS_URL',
      'OTEL_EXPORTER_OTLP_HEADERS',
    ])
      expect(refused.output()).toContain(name)
    const { LOG_LEVEL: _level, ...values } = wrong
    expect(leaksIn(refused.output(), values)).toEqual([])
  })
})
