import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Operation = 'create' | 'query' | 'close' | 'refund' | 'refund_query' | 'other'

/** Where a call stands still: come in and not done yet, or done and not answered. */
export type Moment = 'before' | 'after'

export type Gate = {
  readonly origin: string
  /** From now on each call of these operations stands still at this moment. */
  hold(moment: Moment, operations: readonly Operation[]): void
  /** Told of each call that comes in. */
  watch(listener: () => void): void
  /** How many stand still. */
  held(): number
  /** Holds nothing further and forgets what stands still: it was never done, or its answer is lost. */
  open(): void
  /** Holds nothing further; what stood still before it was done is done now, whoever still listens. */
  letThrough(): Promise<void>
  close(): Promise<void>
}

type Call = { readonly incoming: IncomingMessage; readonly body: Buffer }

/** Stands between the program and its gateways, and passes everything on except what it is told to hold. */
export const startGate = async (gateways: string): Promise<Gate> => {
  let holding: { readonly moment: Moment; readonly operations: readonly Operation[] } | undefined
  let standing: Call[] = []
  let listener = (): void => undefined
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy()) // The program is gone, or the gateways are.
  })
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const call = { incoming, body: await bodyOf(incoming) }
    listener()
    const moment = holding?.operations.includes(operationOf(call)) === true ? holding.moment : undefined
    if (moment !== 'before') await pass(gateways, call, moment === 'after' ? undefined : outgoing)
    if (moment !== undefined) standing.push(call)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // A server that listens on TCP always has an address of this form.
  return {
    origin: `http://127.0.0.1:${port}`,
    hold(moment, operations) {
      holding = { moment, operations }
    },
    watch(given) {
      listener = given
    },
    held: () => standing.length,
    open() {
      holding = undefined
      standing = []
    },
    async letThrough() {
      const late = holding?.moment === 'before' ? standing : []
      holding = undefined
      standing = []
      for (const call of late) await pass(gateways, call, undefined)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Sends the call on as it came; without `outgoing` the answer is read and dropped. */
const pass = (gateways: string, { incoming, body }: Call, outgoing: ServerResponse | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const { method, headers, url = '/' } = incoming
    const sent = request(gateways + url, { method, headers, agent: false }, (answer) => {
      answer.once('error', reject)
      answer.once('end', () => resolve())
      if (outgoing === undefined) answer.resume()
      else answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders))
    })
    sent.once('error', reject)
    sent.end(body)
  })

const bodyOf = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  // A request without an encoding yields buffers.
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const ALIPAY: Readonly<Record<string, Operation>> = {
  'alipay.trade.precreate': 'create',
  'alipay.trade.query': 'query',
  'alipay.trade.close': 'close',
  'alipay.trade.refund': 'refund',
  'alipay.trade.fastpay.refund.query': 'refund_query',
}

const WECHAT: readonly (readonly [RegExp, Operation])[] = [
  [/^POST \/v3\/pay\/transactions\/(native|jsapi|app|h5)$/, 'create'],
  [/^POST .*\/close$/, 'close'],
  [/^POST \/v3\/refund\/domestic\/refunds$/, 'refund'],
  [/^GET \/v3\/refund\//, 'refund_query'],
  [/^GET \/v3\/pay\//, 'query'],
]

const operationOf = ({ incoming: { method, url = '/' }, body }: Call): Operation => {
  const { pathname } = new URL(url, 'http://gateway')
  if (pathname === '/gateway.do') return ALIPAY[new URLSearchParams(body.toString()).get('method') ?? ''] ?? 'other'
  return WECHAT.find(([pattern]) => pattern.test(`${method} ${pathname}`))?.[1] ?? 'other'
}
