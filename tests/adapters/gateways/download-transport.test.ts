import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createDownloadTransport } from '../../../src/adapters/gateways/download-transport.ts'
import { BillBrokenOff } from '../../../src/application/reconciliation/bill-broken-off.ts'
import { bytesOf } from '../../support/bill-files.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> => {
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // An address once it listens on a port.
}
type Options = Partial<Parameters<typeof createDownloadTransport>[0]>
const transport = (options: Options = {}) => {
  const created = createDownloadTransport({ connectMs: 5_000, ...options })
  opened.push(() => created.close())
  return created
}
const download = (url: string, options: Options = {}, headers: Readonly<Record<string, string>> = {}) =>
  transport(options)({ method: 'GET', url, headers })
const whole = async (sent: ReturnType<typeof download>): Promise<Buffer> => {
  const { body } = (await sent)._unsafeUnwrap()
  if (body === undefined) throw new Error('no body')
  return bytesOf(body)
}
const reasonOf = async (sent: ReturnType<typeof download>): Promise<string> => (await sent)._unsafeUnwrapErr().reason

describe('a download', () => {
  it('hands on the bytes as they are, in the order they come, and sends what it is told to', async () => {
    const seen: unknown[] = []
    const file = gzipSync('a bill')
    const origin = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers['x-mark'], request.headers['accept-encoding'])
      response.write(file.subarray(0, 5))
      response.end(file.subarray(5))
    })
    const sent = download(`${origin}/file?token=a%2Fb`, {}, { 'X-Mark': '1', 'Accept-Encoding': 'gzip' })
    expect((await whole(sent)).equals(file)).toBe(true)
    expect(seen).toEqual(['GET', '/file?token=a%2Fb', '1', 'identity'])
  })

  it('begins before the file has ended', async () => {
    let finish: () => void = () => undefined
    const origin = await serve((_, response) => {
      response.write('first')
      finish = () => response.end('last')
    })
    const { body } = (await download(origin))._unsafeUnwrap()
    const seen: string[] = []
    for await (const chunk of body ?? []) {
      seen.push(Buffer.from(chunk).toString())
      finish()
    }
    expect(seen).toEqual(['first', 'last'])
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect %i', async (status) => {
    let calls = 0
    const origin = await serve((_, response) => {
      calls += 1
      response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(10))
    })
    expect(await reasonOf(download(origin))).toBe(`redirect ${status}`)
    expect(calls).toBe(1)
  })

  it.each([204, 206, 403, 404, 500])('of an answer %i has no body', async (status) => {
    const origin = await serve((_, response) => response.writeHead(status).end(status === 204 ? undefined : 'why'))
    expect((await download(origin))._unsafeUnwrap()).toEqual({ status, body: undefined })
  })

  it('refuses an answer that is packed for the way', async () => {
    const origin = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x')),
    )
    expect(await reasonOf(download(origin))).toBe('packed answer')
  })

  it('gives up when nothing comes at all', async () => {
    const origin = await serve(() => undefined)
    expect(await reasonOf(download(origin, { firstByteMs: 50 }))).toBe('UND_ERR_HEADERS_TIMEOUT')
  })

  it('waits longer for the first byte than for a connection', async () => {
    const origin = await serve((_, response) => setTimeout(() => response.end('late'), 150))
    expect((await whole(download(origin, { connectMs: 50 }))).toString()).toBe('late')
  })

  it('breaks off when nothing more comes', async () => {
    const origin = await serve((_, response) => response.write('half'))
    await expect(whole(download(origin, { idleMs: 50 }))).rejects.toThrow(
      new BillBrokenOff('UND_ERR_BODY_TIMEOUT').message,
    )
  })

  it.each(['content-length', 'transfer-encoding'])('breaks off where the connection does, by %s', async (header) => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { [header]: header === 'content-length' ? '100' : 'chunked' })
      response.write('half', () => response.destroy())
    })
    await expect(whole(download(origin))).rejects.toBeInstanceOf(BillBrokenOff)
  })

  it('that broke off before it was read says so to whoever reads it', async () => {
    let gone: () => void = () => undefined
    const closed = new Promise<void>((resolve) => {
      gone = resolve
    })
    const origin = await serve((request, response) => {
      if (request.url === '/other') return response.end('other')
      response.writeHead(200, { 'content-length': '100' })
      response.on('close', gone)
      return response.write('half', () => response.destroy())
    })
    const send = transport()
    const broken = await send({ method: 'GET', url: origin, headers: {} })
    await closed
    // Its end has come before the answer to another question.
    expect((await whole(send({ method: 'GET', url: `${origin}/other`, headers: {} }))).toString()).toBe('other')
    await expect(whole(Promise.resolve(broken))).rejects.toBeInstanceOf(BillBrokenOff)
  })

  it('breaks off above the limit, and does not begin where more is announced', async () => {
    const announced = await serve((_, response) => response.end('x'.repeat(101)))
    const chunked = await serve((_, response) => {
      response.write('x'.repeat(60))
      response.end('x'.repeat(60))
    })
    const fitting = await serve((_, response) => response.end('x'.repeat(100)))
    const isBroken = async (url: string): Promise<boolean> => {
      const sent = await download(url, { maxBytes: 100 })
      if (sent.isErr() || sent.value.body === undefined) return true
      return bytesOf(sent.value.body).then(
        () => false,
        (error: unknown) => error instanceof BillBrokenOff,
      )
    }
    expect([await isBroken(announced), await isBroken(chunked), await isBroken(fitting)]).toEqual([true, true, false])
  })

  it('closes the connection where its reader leaves', async () => {
    let closed: () => void = () => undefined
    const left = new Promise<void>((resolve) => {
      closed = resolve
    })
    const origin = await serve((_, response) => {
      response.on('close', closed)
      response.write('half')
    })
    const { body } = (await download(origin))._unsafeUnwrap()
    for await (const chunk of body ?? []) if (chunk.length > 0) break
    await left
  })

  it('never sends again by itself, and says that a host is unreachable', async () => {
    let calls = 0
    const origin = await serve((request) => {
      calls += 1
      request.socket.destroy()
    })
    expect((await download(origin)).isErr()).toBe(true)
    expect(calls).toBe(1)
    expect((await download('http://127.0.0.1:1/'))._unsafeUnwrapErr().code).toBe('GATEWAY_UNAVAILABLE')
  })

  it('breaks off when the service stops, which nothing holds up', async () => {
    const origin = await serve((_, response) => response.write('half'))
    const send = transport()
    const begun = await send({ method: 'GET', url: origin, headers: {} })
    const reading = expect(whole(Promise.resolve(begun))).rejects.toBeInstanceOf(BillBrokenOff)
    await send.close()
    await send.close()
    await reading
    expect((await send({ method: 'GET', url: origin, headers: {} })).isErr()).toBe(true)
  })
})
