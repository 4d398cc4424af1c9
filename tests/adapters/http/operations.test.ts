import { afterEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { type Service, startService, tokenFor } from './service.ts'

let service: Service
afterEach(() => service.stop())

describe('/healthz and /readyz', () => {
  it('tell whether the process lives, and whether it can work', async () => {
    service = await startService()
    expect((await service.call('GET', '/healthz')).json).toEqual({ status: 'ok', version: '0.1.0' })
    expect((await service.call('GET', '/readyz')).json).toEqual({ status: 'ready', checks: { database: true } })
    await service.store.close()
    const reply = await service.call('GET', '/readyz')
    expect([reply.status, reply.json]).toEqual([503, { status: 'unavailable', checks: { database: false } }])
    expect((await service.call('GET', '/healthz')).status).toBe(200)
  })

  it('say that Redis is gone, and that all works without it', async () => {
    service = await startService({ deps: { ready: async () => ({ database: true, redis: false }) } })
    const { status, json } = await service.call('GET', '/readyz')
    expect([status, json]).toEqual([200, { status: 'ready', checks: { database: true, redis: false } }])
  })

  it('say 503 where even asking fails', async () => {
    service = await startService({
      deps: {
        ready: async () => {
          throw new StoreUnavailable('down')
        },
      },
    })
    expect((await service.call('GET', '/readyz')).status).toBe(503)
  })
})

describe('a fault of ours', () => {
  it('is 503 and "try again" where the store is down', async () => {
    service = await startService()
    const token = await tokenFor('u1')
    const { id } = await service.sell()
    await service.store.close()
    const body = { items: [{ productId: id, quantity: 1 }] }
    const reply = await service.call('POST', '/api/v1/orders', { token, body })
    expect([reply.status, reply.json.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(reply.json).not.toHaveProperty('detail')
  })

  it('is 500 without a word of what it was, which only the log has', async () => {
    const fault = new Error("SELECT * FROM orders WHERE id = 'secret'")
    service = await startService({
      deps: {
        findOrder: async () => {
          throw fault
        },
      },
    })
    const reply = await service.call('GET', '/api/v1/orders/x', { token: await tokenFor('u1') })
    expect([reply.status, Object.keys(reply.json).sort()]).toEqual([
      500,
      ['code', 'requestId', 'status', 'title', 'type'],
    ])
    expect(reply.json.code).toBe('INTERNAL_ERROR')
    expect(reply.text).not.toMatch(/SELECT|secret|at /)
    expect(service.logs).toContainEqual(
      expect.objectContaining({ level: 'error', err: fault, requestId: reply.json.requestId }),
    )
  })
})

describe('/docs', () => {
  it('is a page of our own files, and none of the package beside them', async () => {
    service = await startService()
    const page = await service.call('GET', '/docs')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.text).not.toMatch(/https?:|<script>|style=/)
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '')
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      const reply = await service.call('GET', file)
      expect([file, reply.status]).toEqual([file, 200])
      expect(reply.headers.get('content-type')).toMatch(/^(?:text\/css|text\/javascript|image\/png)/)
    }
    for (const file of ['index.html', 'package.json', 'swagger-ui.css.map', '..%2Fpackage.json', 'constructor', 'x'])
      expect((await service.call('GET', `/docs/${file}`)).status, file).toBe(404)
  })
})

describe('/cashier', () => {
  it('hands out the page in the language asked for', async () => {
    service = await startService()
    const page = (query = '', language = 'zh') =>
      service.call('GET', `/cashier/abc${query}`, { headers: { 'accept-language': language } })
    const chinese = await page()
    expect(chinese.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(chinese.text).toContain('<html lang="zh"><body data-order-id="abc">')
    expect((await page('', 'en-GB')).text).toContain('lang="en"')
    expect((await page('?lang=zh&out_trade_no=1', 'en')).text).toContain('lang="zh"')
    expect((await page('?lang=xx', 'en')).text).toContain('lang="en"')
    expect((await page('?lang=en&lang=zh')).text).toContain('lang="zh"')
  })

  it('knows only ids that can be ids', async () => {
    service = await startService()
    for (const id of ['a%22b', '%3Cscript%3E', 'a%20b', '..%2F..', 'x'.repeat(65)])
      expect((await service.call('GET', `/cashier/${id}`)).status, id).toBe(404)
  })

  it('hands out its files, those named by their content for ever', async () => {
    service = await startService()
    const script = await service.call('GET', '/cashier/assets/cashier.0123abcd.js')
    expect(script.text).toBe('start()')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const plain = await service.call('GET', '/cashier/assets/plain.svg')
    expect([plain.headers.get('content-type'), plain.headers.get('cache-control')]).toEqual([
      'image/svg+xml',
      'no-cache',
    ])
    expect((await service.call('GET', '/cashier/assets/other.js')).status).toBe(404)
  })
})

describe('/sandbox', () => {
  it('leads to the sandbox where there is one', async () => {
    service = await startService({ deps: { sandboxUrl: 'http://127.0.0.1:3999/sandbox' } })
    const reply = await service.call('GET', '/sandbox')
    expect([reply.status, reply.headers.get('location')]).toEqual([302, 'http://127.0.0.1:3999/sandbox'])
    await service.stop()
    service = await startService()
    expect((await service.call('GET', '/sandbox')).status).toBe(404)
  })
})
