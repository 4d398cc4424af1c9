import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RobotCall = { readonly url: URL; readonly body: string; readonly headers: IncomingHttpHeaders }
type RobotReply = { readonly status?: number; readonly body?: string; readonly headers?: Record<string, string> }

/** A group robot's server: it writes down what comes and answers as the test wants, or not at all. */
export const startRobotReceiver = async () => {
  const calls: RobotCall[] = []
  const script: { reply: (call: RobotCall) => RobotReply | 'silence' } = {
    reply: () => ({ body: '{"errcode":0,"code":0}' }),
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://robot')
      const call = { url, body: Buffer.concat(parts).toString(), headers: request.headers }
      calls.push(call)
      const reply = script.reply(call)
      if (reply !== 'silence') response.writeHead(reply.status ?? 200, reply.headers).end(reply.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // It listens on a port.
  return {
    origin: `http://127.0.0.1:${port}`,
    calls,
    script,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
