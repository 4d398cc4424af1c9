import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Callback = { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }
export type Answer = { readonly status: number; readonly body?: string } | 'never'

/** A merchant's server that keeps what it is sent; `answers` are used up first, then `ordinary` is given. */
export const startMerchant = async (ordinary: Answer) => {
  const received: Callback[] = []
  const answers: Answer[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body })
      const answer = answers.shift() ?? ordinary
      if (answer !== 'never') response.writeHead(answer.status).end(answer.body ?? '')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
