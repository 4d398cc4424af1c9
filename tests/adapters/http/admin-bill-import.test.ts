import { once } from 'node:events'
import { connect } from 'node:net'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RequestState } from '../../../src/adapters/http/context.ts'
import { importRoute } from '../../../src/adapters/http/reconciliation-import.ts'
import { requestScope } from '../../../src/adapters/http/request-scope.ts'
import { mountRoutes } from '../../../src/adapters/http/route.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay } from '../../support/builders.ts'
import { adminToken, type Service, startService } from './service.ts'

const PATH = '/api/v1/admin/reconciliations'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService({ configured: ['wechat'] })
  token = await adminToken()
})
afterAll(() => service.stop())

describe('importing a file', () => {
  const OCTETS = { 'content-type': 'application/octet-stream' }
  const day = addDays(billDay(), -50)
  const upload = (raw: Uint8Array<ArrayBuffer>, query = `provider=wechat&date=${day}`, headers = {}) =>
    service.call('POST', `${PATH}/import?${query}`, { token, raw, headers: { ...OCTETS, ...headers } })
  const kept = (of = day, provider: 'wechat' | 'alipay' = 'wechat') =>
    service.store.readers.bills.listByDay(provider, of)
  const FILE = new TextEncoder().encode('交易时间,公众账号ID\r\n'.repeat(20_000))

  it('keeps it and begins a run that goes by it; the same file again is the same', async () => {
    const reply = await upload(FILE)
    expect([reply.status, reply.json.data]).toMatchObject([202, { status: 'running', date: day }])
    expect(await kept()).toMatchObject([{ source: 'import', format: 'wechat_csv', size: FILE.length }])
    expect((await upload(FILE)).json.data.id).toBe(reply.json.data.id)
    expect(await kept()).toHaveLength(1)
  })

  it('tells a packed file by its first bytes', async () => {
    const before = addDays(day, -1)
    await upload(Uint8Array.of(0x1f, 0x8b, 8, 0), `provider=wechat&date=${before}`)
    expect(await kept(before)).toMatchObject([{ format: 'wechat_csv_gzip' }])
  })

  it('takes plain bytes and nothing else, and nothing that is empty', async () => {
    for (const type of ['text/csv', 'application/json', 'multipart/form-data; boundary=x'])
      expect((await upload(FILE, undefined, { 'content-type': type })).status, type).toBe(415)
    expect((await upload(FILE, undefined, { 'content-encoding': 'gzip' })).status).toBe(415)
    expect((await upload(new Uint8Array(0))).status).toBe(400)
  })

  it('refuses a day to come, a gateway that is not configured, and a query that is not its own', async () => {
    expect((await upload(FILE, 'provider=wechat&date=2026-03-02')).status).toBe(400)
    expect((await upload(FILE, `provider=alipay&date=${day}`)).json.code).toBe('PROVIDER_NOT_CONFIGURED')
    expect((await upload(FILE, `date=${day}`)).status).toBe(400)
    expect((await upload(FILE, `provider=wechat&date=${day}&file=x`)).status).toBe(400)
    expect(await kept(addDays(billDay(), 2))).toEqual([])
  })

  it('keeps nothing of another file under a key that was used, nor of the same file again', async () => {
    const other = addDays(day, -4)
    const post = (body: Uint8Array<ArrayBuffer>) =>
      upload(body, `provider=wechat&date=${other}`, { 'idempotency-key': 'one import' })
    expect((await post(FILE)).status).toBe(202)
    const [first] = await kept(other)
    const refused = await post(new TextEncoder().encode('another file'))
    expect([refused.status, refused.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    const again = await post(FILE)
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true'])
    expect(await kept(other)).toEqual([first])
  })

  it.each([1, 100_000])(
    'refuses a file that is larger than any bill, with its first bytes or later: %i',
    async (most) => {
      const large = addDays(day, -3)
      const app = new Koa<RequestState>()
      app.use(requestScope(service.deps))
      app.use(mountRoutes(service.deps, [importRoute(service.deps, most)]).routes())
      const server = app.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('it listens on no port')
      const reply = await fetch(`http://127.0.0.1:${address.port}${PATH}/import?provider=wechat&date=${large}`, {
        method: 'POST',
        headers: { ...OCTETS, authorization: `Bearer ${token}` },
        body: FILE,
      })
      expect([reply.status, await reply.json()]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }])
      expect(await kept(large)).toEqual([])
      expect(await service.store.readers.reconciliations.findLatest('wechat', large)).toBeUndefined()
      server.close()
      server.closeAllConnections()
    },
  )

  it('leaves nothing of a file that was cut off', async () => {
    const cut = addDays(day, -2)
    let begun = (): void => undefined
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve
    })
    // Seen from inside: whoever hangs up gets no answer.
    let ended: (result: unknown) => void = () => undefined
    const end = new Promise<unknown>((resolve) => {
      ended = resolve
    })
    const watched = await startService({
      deps: ({ receiveImport }) => ({
        receiveImport: async (...given) => {
          begun()
          const result = await receiveImport(...given)
          ended(result)
          return result
        },
      }),
    })
    const { hostname, port } = new URL(watched.origin)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST ${PATH}/import?provider=wechat&date=${cut} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
        'Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\nbeginning',
    )
    await hasBegun
    socket.destroy()
    expect(await end).toMatchObject({ error: { code: 'BILL_BROKEN_OFF' } })
    expect(await watched.store.readers.bills.listByDay('wechat', cut)).toEqual([])
    expect(await watched.store.readers.reconciliations.findLatest('wechat', cut)).toBeUndefined()
    await watched.stop()
  })
})
