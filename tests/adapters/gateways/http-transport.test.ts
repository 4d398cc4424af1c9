import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpTransport, type HttpTransport } from '../../../src/adapters/gateways/http-transport.ts'
import vectors from '../../vectors/wechatpay.json' with { type: 'json' }

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // An address once it listens on a port.
}
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown
const serve = (answer: Handler): Promise<string> =>
  listen(createServer((request, response) => void answer(request, response)))
const transport = (options: { timeoutMs?: number; maxBytes?: number } = {}): HttpTransport => {
  const created = createHttpTransport({ timeoutMs: 5_000, ...options })
  opened.push(() => created.close())
  return created
}
const get = (send: HttpTransport, url: string) => send({ method: 'GET', url, headers: {} })
const reasonOf = async (sent: ReturnType<HttpTransport>): Promise<string> => (await sent)._unsafeUnwrapErr().reason

describe('the HTTP transport', () => {
  it('sends exactly the given body and headers, and gives back status, headers and raw bytes', async () => {
    const seen: unknown[] = []
    const origin = await serve(async (request, response) => {
      const chunks = await request.toArray()
      seen.push(request.method, request.url, request.headers['x-mark'], Buffer.concat(chunks).toString())
      response.writeHead(201, { 'X-Answer': 'yes' }).end(Buffer.from([0, 255, 10]))
    })
    const body = '{"a":"\\/ 中文"}'
    const sent = await transport()({ method: 'POST', url: `${origin}/p%7C1?q=%20`, headers: { 'X-Mark': '1' }, body })
    expect(seen).toEqual(['POST', '/p%7C1?q=%20', '1', body])
    const { status, headers, body: answer } = sent._unsafeUnwrap()
    expect([status, headers['x-answer'], [...answer]]).toEqual([201, 'yes', [0, 255, 10]])
  })
  it('hands on error statuses with their bodies, which are for the gateway client to read', async () => {
    const origin = await serve((_, response) => response.writeHead(503).end('busy'))
    const answer = (await get(transport(), origin))._unsafeUnwrap()
    expect([answer.status, answer.body.toString()]).toEqual([503, 'busy'])
  })
  it.each([301, 302, 303, 307, 308])('does not follow a redirect %i', async (status) => {
    let calls = 0
    const origin = await serve((_, response) => {
      calls += 1
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    expect(await reasonOf(get(transport(), origin))).toBe(`redirect ${status}`)
    expect(calls).toBe(1)
  })
  it('gives up at the deadline when no answer begins', async () => {
    const origin = await serve(() => undefined)
    expect(await reasonOf(get(transport({ timeoutMs: 60 }), origin))).toBe('timeout')
  })
  it('gives up at the deadline when a body has begun and trickles on', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      const drip = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(drip))
    })
    expect(await reasonOf(get(transport({ timeoutMs: 80 }), origin))).toBe('timeout')
  })
  it('refuses an answer above the limit, announced or not', async () => {
    const announced = await serve((_, response) => response.end('x'.repeat(101)))
    const chunked = await serve((_, response) => {
      response.write('x'.repeat(60))
      response.end('x'.repeat(60))
    })
    const limited = transport({ maxBytes: 100 })
    expect(await reasonOf(get(limited, announced))).toBe('UND_ERR_RES_EXCEEDED_MAX_SIZE')
    expect(await reasonOf(get(limited, chunked))).toBe('UND_ERR_RES_EXCEEDED_MAX_SIZE')
    const fitting = await serve((_, response) => response.end('x'.repeat(100)))
    expect((await get(limited, fitting))._unsafeUnwrap().body).toHaveLength(100)
  })
  it('refuses an answer that breaks off before its announced length', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    expect((await get(transport(), origin)).isErr()).toBe(true)
  })
  it('asks for plain bytes and refuses packed ones', async () => {
    const asked: unknown[] = []
    const origin = await serve((request, response) => {
      asked.push(request.headers['accept-encoding'])
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'))
    })
    const sent = transport()({ method: 'GET', url: origin, headers: { 'Accept-Encoding': 'gzip' } })
    expect(await reasonOf(sent)).toBe('packed answer')
    expect(asked).toEqual(['identity'])
  })
  it('leaves out a header that came twice', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'x-twice': ['a', 'b'], 'x-once': 'c' } as never).end() // Lists are not in the type.
    })
    const { headers } = (await get(transport(), origin))._unsafeUnwrap()
    expect([headers['x-twice'], headers['x-once']]).toEqual([undefined, 'c'])
  })
  it('never sends again by itself, not even a GET whose connection breaks', async () => {
    let calls = 0
    const origin = await serve((request) => {
      calls += 1
      request.socket.destroy()
    })
    const send = transport()
    expect((await get(send, origin)).isErr()).toBe(true)
    expect((await send({ method: 'POST', url: origin, headers: {}, body: '{}' })).isErr()).toBe(true)
    expect(calls).toBe(2)
  })
  it('says that an unreachable host is unavailable', async () => {
    const server = createTcpServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // An address once it listens on a port.
    await new Promise((resolve) => server.close(resolve))
    const sent = await get(transport(), `http://127.0.0.1:${port}`)
    expect(sent._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE', reason: 'ECONNREFUSED' })
  })
  it('refuses a server whose certificate nobody vouches for', async () => {
    let calls = 0
    const { private_key: key, certificate_pem: cert } = vectors.keys['java-merchant']
    const pem = `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`
    const origin = await listen(
      createTlsServer({ key: pem, cert }, (_, response) => {
        calls += 1
        response.end()
      }),
    )
    const sent = await get(transport(), origin.replace('http:', 'https:'))
    expect(['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED']).toContain(sent._unsafeUnwrapErr().reason)
    expect(calls).toBe(0)
  })
  it('answers nothing after close, which may be repeated', async () => {
    const origin = await serve((_, response) => response.end())
    const closed = createHttpTransport({ timeoutMs: 1_000 })
    await closed.close()
    await closed.close()
    expect((await get(closed, origin)).isErr()).toBe(true)
  })
})
