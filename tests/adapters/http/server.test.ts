import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../../../src/adapters/http/server.ts'
import { rawRequest } from './raw-request.ts'
import { startService, tokenFor } from './service.ts'

const LISTEN = { host: '127.0.0.1', port: 0 }

/** An app whose answers wait until they are let go. */
const heldApp = () => {
  let answer = () => {}
  let arrived = () => {}
  const request = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const released = new Promise<void>((resolve) => {
    answer = resolve
  })
  let closedStreams = 0
  return {
    request,
    answer: () => answer(),
    closedStreams: () => closedStreams,
    app: {
      callback: () => (_: IncomingMessage, response: { end(text: string): unknown }) => {
        arrived()
        void released.then(() => response.end('done'))
      },
      closeStreams: () => {
        closedStreams += 1
      },
    },
  }
}

describe('the server', () => {
  it('listens where it is told and says where that is', async () => {
    const held = heldApp()
    held.answer()
    const server = await startHttpServer(held.app, LISTEN)
    expect(server.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(server.origin)).text()).toBe('done')
    await server.stop(1000)
  })

  it('says so where the port is taken', async () => {
    const first = await startHttpServer(heldApp().app, LISTEN)
    await expect(
      startHttpServer(heldApp().app, { ...LISTEN, port: Number(new URL(first.origin).port) }),
    ).rejects.toThrow(/EADDRINUSE/)
    await first.stop(0)
  })

  it('finishes what is in flight when it stops, takes nothing new, and leaves no connection behind', async () => {
    const held = heldApp()
    const server = await startHttpServer(held.app, LISTEN)
    const agent = new Agent({ keepAlive: true })
    const answered = new Promise<string>((resolve, reject) => {
      get(server.origin, { agent }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      }).on('error', reject)
    })
    await held.request
    const stopped = server.stop(60_000)
    expect(held.closedStreams()).toBe(1)
    await expect(fetch(server.origin)).rejects.toThrow()
    held.answer()
    expect(await answered).toBe('done')
    await stopped // Long before the minute is over, though the client keeps its connection.
    expect(server.stop(1)).toBe(stopped)
    agent.destroy()
  })

  it('does not wait for connections on which nothing was ever asked', async () => {
    const server = await startHttpServer(heldApp().app, LISTEN)
    const silent = connect(Number(new URL(server.origin).port), '127.0.0.1')
    await new Promise<void>((resolve) => silent.on('connect', resolve))
    const closed = new Promise<void>((resolve) => silent.on('close', () => resolve()))
    await server.stop(60_000) // Long before the minute is over.
    await closed
  })

  it('cuts off what does not finish in time', async () => {
    const held = heldApp()
    const server = await startHttpServer(held.app, LISTEN)
    const lost = expect(fetch(server.origin)).rejects.toThrow()
    await held.request
    await server.stop(10)
    await lost
  })

  it.each([
    [
      'both a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['headers of more than 16 KiB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
  ])('refuses %s', async (_, request, status) => {
    const held = heldApp()
    held.answer()
    const server = await startHttpServer(held.app, LISTEN)
    const text = await rawRequest(server.origin, request)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await server.stop(10)
  })
})

describe('a connection', () => {
  const post = async (token: string, headers: string): Promise<string> =>
    `POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\n${headers}\r\n\r\n`

  it('goes on with the next request after one that was too large', async () => {
    const service = await startService()
    const token = await tokenFor('u1')
    const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`
    const text = await rawRequest(
      service.origin,
      `${await post(token, 'Transfer-Encoding: chunked')}${chunk.repeat(8)}0\r\n\r\n` +
        'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('HTTP/1.1 200 OK')
    await service.stop()
  })

  it('that breaks off in the middle of a body changes nothing and is no error', async () => {
    const service = await startService()
    const token = await tokenFor('u1')
    await rawRequest(service.origin, `${await post(token, 'Content-Length: 100')}{"items":[`, 'leave')
    await expect.poll(() => service.logs.length).toBe(1)
    expect(service.logs[0]).toMatchObject({ level: 'info', aborted: true })
    expect((await service.call('GET', '/api/v1/orders', { token })).json.data).toEqual([])
    await service.stop()
  })

  it('may name us by a whole address, which decides nothing', async () => {
    const service = await startService()
    const text = await rawRequest(
      service.origin,
      'GET http://evil.example/cashier/abc HTTP/1.1\r\nHost: evil.example\r\n' +
        'X-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n',
    )
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text).not.toContain('evil.example')
    await service.stop()
  })
})
