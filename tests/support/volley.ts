import { Agent, type ClientRequest, request } from 'node:http'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'

export type Shot = {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** At least two bytes, so that the last one can be kept back. */
  readonly body: Uint8Array
  /** How much later than the others its last byte goes. */
  readonly delayMs?: number
}

export type Answered = { readonly status: number; readonly headers: Headers; readonly text: string }

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 512 })

/**
 * Posts everything but the last byte of each request, waits until all of that has left, and lets the last bytes go in
 * one turn, in an order that depends on the seed. The answers come in the order of the shots.
 */
export const volley = async (shots: readonly Shot[], seed: number): Promise<readonly Answered[]> => {
  const aimed = await Promise.all(shots.map(aim))
  for (const { fire } of shuffled(aimed, seed)) fire()
  return Promise.all(aimed.map(({ answer }) => answer))
}

type ApiCall = {
  readonly token: string
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly delayMs?: number
}

/** A JSON call of the service's API, as one shot. */
export const apiShot = (
  { origin }: { readonly origin: string },
  path: string,
  { token, body, headers, delayMs = 0 }: ApiCall,
): Shot => ({
  url: `${origin}/api/v1${path}`,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
  body: Buffer.from(JSON.stringify(body)),
  delayMs,
})

/** A payer who pays at the gateway, as one shot. */
export const payShot = (
  { sandbox }: { readonly sandbox: { readonly payerUrl: string } },
  outTradeNo: string,
  delayMs = 0,
): Shot => ({
  url: `${sandbox.payerUrl}/api/pay`,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ outTradeNo })),
  delayMs,
})

type Aimed = { readonly answer: Promise<Answered>; readonly fire: () => void }

const aim = async ({ url, headers = {}, body, delayMs = 0 }: Shot): Promise<Aimed> => {
  if (body.length < 2) throw new RangeError('a shot needs two bytes')
  const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } })
  const answer = answerOf(sent)
  await new Promise<void>((left, failed) => {
    sent.once('error', failed)
    sent.write(body.subarray(0, -1), () => left())
  })
  const fire = () => void sent.end(body.subarray(-1))
  return { answer, fire: () => void (delayMs === 0 ? fire() : setTimeout(fire, delayMs)) }
}

const answerOf = (sent: ClientRequest): Promise<Answered> => {
  const answer = new Promise<Answered>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: new Headers(pairsOf(response.rawHeaders)), text }),
      )
    })
  })
  answer.catch(() => undefined) // Whoever awaits it hears of it; until then it is not unhandled.
  return answer
}

const pairsOf = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, n) => [raw[2 * n] ?? '', raw[2 * n + 1] ?? ''])

/** One thing so many times. */
export const copies = <T>(count: number, thing: T): readonly T[] => Array.from({ length: count }, () => thing)

/** The same things in an order that is the same again for the same seed. */
export const shuffled = <T>(things: readonly T[], seed: number): readonly T[] => {
  const view = new DataView(seededRandomness(seed).bytes(things.length * 4).buffer)
  return things
    .map((thing, n) => ({ thing, key: view.getUint32(n * 4) }))
    .sort((a, b) => a.key - b.key)
    .map(({ thing }) => thing)
}
