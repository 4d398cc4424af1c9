/** The kinds of body that are sent: what each gateway sends, and one as large as is taken at all. */
export const CANARY_BODIES = ['json', 'form', 'large'] as const
export type CanaryBody = (typeof CANARY_BODIES)[number]

/** A canary looks like a callback on its way and is none: it proves by itself that we have sent it. */
export type Canary = {
  /** Used once. */
  readonly nonce: string
  readonly body: CanaryBody
  readonly sentAt: Date
}

/** Signs canaries and their answers with a key of our own. */
export interface CanarySeal {
  /** The value of the header that makes a request a canary. */
  seal(canary: Canary): string
  /** What a header says, if we have sealed it within the last minute. */
  open(header: string): Canary | undefined
  /** Proves that an answer is ours and to this canary. */
  sealAnswer(nonce: string, answer: string): string
  isAnswer(nonce: string, answer: string, proof: string): boolean
}

export const CANARY_HEADER = 'shouyin-canary'
export const ANSWER_HEADER = 'shouyin-canary-answer'
/** How long a canary counts. */
export const CANARY_MS = 60_000

const LARGE_BYTES = 65_536

export type CanaryContent = { readonly contentType: string; readonly bytes: Uint8Array }

/** The same bytes for the same canary, at both ends; those that proxies like to change are among them. */
export const canaryContent = ({ nonce, body }: Pick<Canary, 'nonce' | 'body'>): CanaryContent => {
  switch (body) {
    case 'json':
      return { contentType: 'application/json; charset=utf-8', bytes: bytesOf(jsonText(nonce)) }
    case 'form':
      return { contentType: 'application/x-www-form-urlencoded; charset=utf-8', bytes: bytesOf(formText(nonce)) }
    case 'large':
      return { contentType: 'application/json', bytes: bytesOf(largeText(nonce)) }
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Order, blanks, line breaks and escapes that a parser on the way would not give back. */
const jsonText = (nonce: string): string =>
  `{ "summary" : "支付成功 ✓",\r\n\t"id":"${nonce}", "amount":1.10, "path":"a\\/b", "zh":"\\u4e2d文",  "n":1e2 }  \r\n`

/** Blanks in both spellings, a plus sign, small hex digits, an empty value, GBK and UTF-8. */
const formText = (nonce: string): string =>
  `subject=a+b%20c%2Bd%2be&body=%D6%D0%B9%FA&note=%E4%B8%AD%e6%96%87&empty=&tilde=~*-._&id=${nonce}&amount=1.10`

const largeText = (nonce: string): string => {
  const [head, tail] = [`{"id":"${nonce}","pad":"`, '"}']
  return head + 'x'.repeat(LARGE_BYTES - head.length - tail.length) + tail
}

/** What gateways send beside a body. Nothing of it would pass for a signature. */
export const canaryHeaders = (canary: Pick<Canary, 'nonce' | 'body'>): Readonly<Record<string, string>> => ({
  'content-type': canaryContent(canary).contentType,
  'wechatpay-timestamp': '1700000000',
  'wechatpay-nonce': canary.nonce,
  'wechatpay-serial': 'PUB_KEY_ID_0000000000000000000000000000000000',
  'wechatpay-signature': `${'canary/+'.repeat(42)}${canary.nonce.slice(0, 6)}==`,
  'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
})

/** Where a body begins to differ, with a few bytes of each in hex. */
export type BodyDifference = { readonly at: number; readonly expected: string; readonly arrived: string }

const SHOWN_BYTES = 16

export const differenceOf = (expected: Uint8Array, arrived: Uint8Array): BodyDifference | undefined => {
  const at = expected.findIndex((byte, index) => byte !== arrived[index])
  if (at === -1 && expected.length === arrived.length) return undefined
  const from = at === -1 ? expected.length : at
  return { at: from, expected: hexAt(expected, from), arrived: hexAt(arrived, from) }
}

const hexAt = (bytes: Uint8Array, at: number): string =>
  Array.from(bytes.subarray(at, at + SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** What reached us of a canary. Of headers and body only what became of them is told, never what they say. */
export type CanaryArrival = {
  readonly method: string
  readonly path: string
  readonly host: string
  /** The address it counts as from. */
  readonly address: string
  /** Trusted proxies it came through. */
  readonly hops: number
  /** A proxy says whom it forwards for, and is not trusted to. */
  readonly isForwardedByStranger: boolean
  /** Whether the provider's allow-list has that address. */
  readonly isAllowed: boolean
  readonly bodyBytes: number
  /** As we have sent it. */
  readonly sentBytes: number
  readonly missing: readonly string[]
  readonly changed: readonly string[]
  readonly difference: BodyDifference | undefined
}
