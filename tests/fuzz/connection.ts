import { connect, type Socket } from 'node:net'
import type { Reply } from './input.ts'

/** What came of a request: an answer, none in time, or a connection that was closed without one. */
export type Outcome = Reply | 'cut' | 'silent'

export type Exchange = {
  readonly bytes: Buffer
  readonly method: string
  readonly isWhole: boolean
  readonly isUnfinished: boolean
}

/** Sends bytes as they are, one request after the other, over one connection for as long as that is kept. */
export const openConnection = (origin: string, patienceMs: number) => {
  const { hostname, port } = new URL(origin)
  let kept: Socket | undefined
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true }, () =>
        resolve(socket),
      )
      socket.once('error', reject)
    })
  const exchangeOn = async (socket: Socket, sent: Exchange): Promise<Outcome> => {
    const { bytes, method, isWhole, isUnfinished } = sent
    const answered = answerOn(socket, method, patienceMs)
    if (isUnfinished) socket.end(bytes)
    else socket.write(bytes)
    const outcome = await answered
    const stays =
      isWhole && typeof outcome !== 'string' && outcome.headers.get('connection') !== 'close' && !endless(outcome)
    if (stays && !socket.destroyed) kept = socket
    else socket.destroy()
    return outcome
  }
  return {
    async exchange(sent: Exchange): Promise<Outcome> {
      const old = sent.isWhole && kept !== undefined && !kept.destroyed ? kept : undefined
      if (old !== undefined) kept = undefined
      const outcome = await exchangeOn(old ?? (await open()), sent)
      // A kept connection may have been closed just before; on a fresh one that is no excuse.
      return outcome === 'cut' && old !== undefined ? exchangeOn(await open(), sent) : outcome
    },
    close: () => kept?.destroy(),
  }
}

export type Connection = ReturnType<typeof openConnection>

const answerOn = (socket: Socket, method: string, patienceMs: number): Promise<Outcome> =>
  new Promise((resolve) => {
    const start = performance.now()
    let text: Buffer = Buffer.alloc(0)
    const end = (outcome: Outcome): void => {
      clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => undefined) // Of what is closed after its answer nothing is expected.
      resolve(outcome)
    }
    const timer = setTimeout(() => end('silent'), patienceMs)
    socket.removeAllListeners()
    socket.on('data', (chunk: Buffer) => {
      text = text.length === 0 ? chunk : Buffer.concat([text, chunk])
      const read = readReply(text, method, false)
      if (read !== undefined) end({ ...read, ms: performance.now() - start })
    })
    socket.on('error', () => undefined)
    const over = (): void => {
      const read = readReply(text, method, true)
      end(read === undefined ? 'cut' : { ...read, ms: performance.now() - start })
    }
    socket.on('end', over)
    socket.on('close', over)
  })

const HEAD_END = '\r\n\r\n'
const EMPTY = new Set([204, 304])

const endless = ({ headers }: Pick<Reply, 'headers'>): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') === true

/** The whole answer, as soon as it is there. Of one without an end the head is enough. */
const readReply = (received: Buffer, method: string, isOver: boolean): Omit<Reply, 'ms'> | undefined => {
  const end = received.indexOf(HEAD_END)
  if (end === -1) return undefined
  const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n')
  const status = Number(first.split(' ')[1])
  if (status === 100) return readReply(received.subarray(end + HEAD_END.length), method, isOver)
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const rest = received.subarray(end + HEAD_END.length)
  const body = method === 'HEAD' || EMPTY.has(status) || endless({ headers }) ? Buffer.alloc(0) : bodyOf(headers, rest)
  if (body !== undefined) return { status, headers, body: body.toString() }
  return isOver ? { status, headers, body: rest.toString() } : undefined
}

const bodyOf = (headers: ReadonlyMap<string, string>, rest: Buffer): Buffer | undefined => {
  const length = headers.get('content-length')
  if (length !== undefined) return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined
  return headers.get('transfer-encoding') === 'chunked' ? dechunked(rest) : undefined
}

const dechunked = (rest: Buffer): Buffer | undefined => {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, line), 16)
    if (size === 0) return Buffer.concat(parts)
    const from = line + 2
    if (rest.length < from + size + 2) return undefined
    parts.push(rest.subarray(from, from + size))
    at = from + size + 2
  }
}
