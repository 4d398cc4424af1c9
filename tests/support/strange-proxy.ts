import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request on its way through a proxy. */
export type Passing = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

type Behaviour = {
  /** What it does to requests. */
  readonly changes?: (passing: Passing) => Partial<Passing>
  /** What it does to answers. */
  readonly answers?: (text: string) => string
  /** Instead of handing anything on; a request that is left alone hangs. */
  readonly itself?: (passing: Passing, response: ServerResponse) => void
  readonly delayMs?: number
}

export type StrangeProxy = { readonly origin: string; stop(): Promise<void> }

/** A proxy on this machine in front of `target()`, with a habit. */
export const startStrangeProxy = async (target: () => string, behaviour: Behaviour = {}): Promise<StrangeProxy> => {
  const server = createServer((incoming, response) => void pass(target, behaviour, incoming, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // It listens on a port.
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const pass = async (
  target: () => string,
  { changes, answers, itself, delayMs = 0 }: Behaviour,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const body = await buffer(incoming)
  const given = { method: incoming.method ?? '', path: incoming.url ?? '', headers: { ...incoming.headers }, body }
  if (itself !== undefined) return itself(given, response)
  const { method, path, headers, body: sent } = { ...given, ...changes?.(given) }
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  const onward = request(new URL(path, target()), {
    method,
    headers: {
      ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
      'x-forwarded-for': [headers['x-forwarded-for'] ?? [], incoming.socket.remoteAddress ?? ''].flat().join(', '),
      'content-length': sent.length,
    },
  })
  onward.once('error', () => response.destroy())
  onward.once('response', (answer) => void handBack(answer, response, answers))
  onward.end(sent)
}

const handBack = async (
  answer: IncomingMessage,
  response: ServerResponse,
  answers: Behaviour['answers'] = (text) => text,
): Promise<void> => {
  const text = answers((await buffer(answer)).toString())
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = answer.headers
  response.writeHead(answer.statusCode ?? 502, headers).end(text)
}
