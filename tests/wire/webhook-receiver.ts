import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'
import type { Running } from '../support/service.ts'
import type { Json } from './payer.ts'

export type Received = {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: Json
}

/** A merchant's server: it writes down what comes and answers as the test wants. */
export const startReceiver = async () => {
  const received: Received[] = []
  const script: { status: (one: Received) => number } = { status: () => 204 }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const one = { id: String(request.headers['webhook-id']), headers: request.headers, body, json: JSON.parse(body) }
      received.push(one)
      response.writeHead(script.status(one)).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on a port.
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    script,
    typesOf: (orderId: string) =>
      received.filter(({ body }) => body.includes(orderId)).map(({ json }): string => json.type),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Whether the public library accepts it, by the clock that the whole test goes by. */
export const isGenuine = ({ clock }: Running, secret: string, { headers, body }: Received): boolean => {
  vi.useFakeTimers({ now: clock.now(), toFake: ['Date'] })
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>) // None of them came twice.
    return true
  } catch {
    return false
  } finally {
    vi.useRealTimers()
  }
}
