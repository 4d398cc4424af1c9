import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningHere, startRunning } from '../support/service.ts'
import { attributesOf, type SentSpan, startTraceCollector, type TraceCollector } from '../support/trace-collector.ts'
import { call, eventually, GRANT, open, order, orderState, sell } from '../wire/payer.ts'

describe('a service that is traced', () => {
  let collector: TraceCollector
  let running: RunningHere
  let problem: { readonly traceId?: string }
  let orderId: string

  beforeAll(async () => {
    collector = await startTraceCollector()
    running = await startRunning({
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector',
        OTEL_SERVICE_NAME: 'till',
      },
    })
    orderId = await order(running, await sell(running, GRANT))
    const payment = await open(running, orderId, 'wechat')
    await running.sandbox.wechat.pay(payment.codeUrl)
    await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    const body = { orderId: 'nothing-of-the-kind', method: 'WECHAT_NATIVE' }
    problem = (await call(running, '/payments/wechat/create', { token: payment.token, body })).json
    await running.stop()
  })
  afterAll(() => collector.close())

  const named = (name: string): readonly SentSpan[] => collector.spans.filter((span) => span.name === name)
  const rootOf = (name: string): SentSpan => {
    const root = named(name).find((span) => span.parentSpanId === undefined)
    if (root === undefined) throw new Error(`no trace begins with ${name}`)
    return root
  }
  /** The names from the root of a trace down to a span. */
  const pathTo = (span: SentSpan): readonly string[] => {
    const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId)
    return [...(parent === undefined ? [] : pathTo(parent)), span.name]
  }
  const pathsIn = ({ traceId }: SentSpan) =>
    collector.spans.filter((span) => span.traceId === traceId).map((span) => pathTo(span).join(' > '))

  it('has one trace of the making of a payment: the request, the use case, the database and the gateway', () => {
    const paths = pathsIn(rootOf('POST /api/v1/payments/:provider/create'))
    const request = 'POST /api/v1/payments/:provider/create > createPayment'
    expect(paths).toContain(request)
    expect(paths).toContain(`${request} > unit of work > insert payments`)
    expect(paths).toContain(`${request} > wechat create`)
  })

  it('has one trace of the callback that settles it, with everything written in one unit of work', () => {
    const paths = pathsIn(rootOf('POST /api/v1/payments/:provider/notify'))
    const unit = 'POST /api/v1/payments/:provider/notify > handleNotification > unit of work'
    for (const statement of ['update payments', 'update orders', 'insert events', 'insert notifications'])
      expect(paths).toContain(`${unit} > ${statement}`)
  })

  it('says of a request which route took it and how it ended, and of a call to a gateway what came of it', () => {
    expect(attributesOf(rootOf('POST /api/v1/payments/:provider/notify'))).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/v1/payments/:provider/notify',
      'http.response.status_code': 204,
    })
    expect(attributesOf(named('wechat create')[0] ?? rootOf('?'))).toEqual({
      'shouyin.provider': 'wechat',
      'shouyin.operation': 'create',
      'shouyin.outcome': 'ok',
    })
  })

  it('tells a caller of a refusal under which trace to look for it', () => {
    expect(problem.traceId).toMatch(/^[0-9a-f]{32}$/)
    const roots = named('POST /api/v1/payments/:provider/create').map(({ traceId }) => traceId)
    expect(roots).toContain(problem.traceId)
  })

  it('keeps the traces of jobs that did something, and none of those that found nothing to do', () => {
    const turns = collector.spans.filter(({ name }) => name.startsWith('job '))
    expect(turns.map(({ name }) => name)).toContain('job outbox')
    for (const turn of turns) {
      const did = Number(attributesOf(turn)['shouyin.job.done'] ?? 0) > 0
      const asked = collector.spans.some((span) => span.traceId === turn.traceId && /^(wechat|alipay) /.test(span.name))
      expect([turn.name, did || asked]).toEqual([turn.name, true])
    }
  })

  it('sends them under its name and with the headers that the collector wants', () => {
    expect(collector.headers[0]?.['authorization']).toBe('Bearer collector')
    expect(collector.bodies[0]).toContain('"till"')
  })

  it('tells the collector nothing that was sent or asked for', () => {
    const said = JSON.stringify(collector.spans.map(({ name, attributes }) => ({ name, attributes })))
    const asked = [orderId, 'nothing-of-the-kind', '会员年卡', '9900', 'u1"']
    expect(asked.filter((value) => said.includes(value))).toEqual([])
  })
})

describe('a service that is not traced', () => {
  it('tells of no trace in a refusal', async () => {
    const running = await startRunning()
    const { json } = await call(running, '/orders', { body: {} })
    expect(json.code).toBe('UNAUTHENTICATED')
    expect(json).not.toHaveProperty('traceId')
    await running.stop()
  })

  it('does not even load what makes and sends traces', () => {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
      const { openTelemetry } = await import('./src/main/telemetry.ts')
      const { loadSettings } = await import('./src/main/config.ts')
      const { systemClock } = await import('./src/adapters/system/system-clock.ts')
      const sdk = () => loaded.some((url) => /opentelemetry\\/(sdk|exporter)/.test(url))
      const off = loadSettings({ LOG_LEVEL: 'silent' })._unsafeUnwrap()
      await (await openTelemetry(off, { clock: systemClock })).stop()
      const without = sdk()
      const on = { ...off, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
      await (await openTelemetry(on, { clock: systemClock })).stop()
      process.stdout.write(without + ' ' + sdk())
      process.exit(0)`
    const cwd = fileURLToPath(new URL('../../', import.meta.url))
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' })
    expect(out).toBe('false true')
  })
})

describe('a service whose collector is away', () => {
  it('works and stops all the same', async () => {
    const running = await startRunning({ settings: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } })
    expect(await order(running, await sell(running, GRANT))).toBeTypeOf('string')
    await running.stop()
  })
})
