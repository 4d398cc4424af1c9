import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { duplexPair } from 'node:stream'
import type { HttpApp } from './app.ts'

export type InProcessRequest = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export type InProcessClient = {
  /** The answer with its body still to be read. */
  send(asked: InProcessRequest): Promise<IncomingMessage>
  close(): void
}

/** Asks the app within this process: no port is opened, and yet every request takes the way of all others. */
export const inProcessClient = (app: Pick<HttpApp, 'callback'>): InProcessClient => {
  const server = createServer(app.callback())
  return {
    async send({ method, path, headers, body }) {
      const [here, there] = duplexPair()
      server.emit('connection', Object.assign(there, { remoteAddress: '127.0.0.1' }))
      const sent = request({ createConnection: () => here, method, path, headers: { host: 'localhost', ...headers } })
      sent.end(body)
      const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage] // What the event gives.
      return answer
    },
    close: () => void server.close(),
  }
}
