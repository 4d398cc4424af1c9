import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came in, nothing decoded: signatures cover the raw target and the raw body. */
export type Received = {
  readonly method: string
  readonly target: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Reply = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What happens to the connection: an ordinary answer, or one of the ways in which it fails to come. */
export type Outcome =
  | {
      readonly ending: 'answer'
      readonly reply: Reply
      readonly delayMs?: number
      readonly after?: Promise<unknown>
      /** The body comes in pieces, over that long. */
      readonly overMs?: number
      /** The connection breaks when so much of the body has been sent. */
      readonly cutAfterBytes?: number
    }
  | { readonly ending: 'cut' }
  | { readonly ending: 'hang' }

export const answer = (reply: Reply): Outcome => ({ ending: 'answer', reply })

/** The one value of a header; `undefined` where it is absent or came as a list. */
export const header = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/** What some proxy says when the gateway behind it is down. */
export const badGatewayPage = (): Reply => ({
  status: 502,
  headers: { 'Content-Type': 'text/html' },
  body: Buffer.from('<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n'),
})
