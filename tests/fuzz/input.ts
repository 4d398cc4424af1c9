/** One request, byte for byte; `isWhole` where it keeps to HTTP, so that its connection can be used again. */
export type Input = {
  /** The route or the kind of message it was made from, for the report. */
  readonly about: string
  readonly method: string
  readonly target: string
  readonly headers: readonly Header[]
  readonly body: Buffer
  readonly isWhole: boolean
  /** Whoever sent it has gone in the middle of it. */
  readonly isUnfinished?: boolean
}
export type Header = readonly [name: string, value: string]

export type Reply = {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  readonly ms: number
}

const FRAMED = new Set(['content-length', 'transfer-encoding'])

/** What goes over the line. A body is measured here, unless the input itself says how it is framed. */
export const bytesOf = ({ method, target, headers, body }: Input): Buffer => {
  const isFramed = headers.some(([name]) => FRAMED.has(name.toLowerCase()))
  const length: readonly Header[] = isFramed || body.length === 0 ? [] : [['Content-Length', String(body.length)]]
  const host: readonly Header[] = headers.some(([name]) => name === 'Host') ? [] : [['Host', 'shop.example.cn']]
  const lines = [...host, ...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

/** The input as a person can send it again; what is long is cut, the seed makes all of it. */
export const describeInput = (input: Input): string => {
  const sent = bytesOf(input)
  const shown = JSON.stringify(sent.subarray(0, SHOWN_BYTES).toString('latin1'))
  return sent.length > SHOWN_BYTES ? `${shown} … ${sent.length} bytes` : shown
}

const SHOWN_BYTES = 4000
