import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Resolve } from '../../../src/adapters/webhooks/checked-connector.ts'
import { createHttpWebhookSender, signedHeaders } from '../../../src/adapters/webhooks/http-webhook-sender.ts'
import { isPublicAddress } from '../../../src/adapters/webhooks/public-address.ts'
import { createWebhookTargets } from '../../../src/adapters/webhooks/webhook-targets.ts'
import type { WebhookMessage } from '../../../src/application/webhooks/webhook-sender.ts'
import { selfSigned } from './self-signed.ts'

const SECRET = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='
const OLD_SECRET = 'whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY='

type Arrived = {
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly method: string | undefined
}
type Answering = (response: ServerResponse, request: IncomingMessage) => void

/** A receiver on one of this machine's addresses; `answer` decides what it says. */
const receiver = async (answer: Answering, host = '127.0.0.1', port = 0) => {
  const arrived: Arrived[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      arrived.push({ headers: request.headers, method: request.method, body: Buffer.concat(parts).toString() })
      answer(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port: bound } = server.address() as AddressInfo // It listens on a port.
  return { arrived, port: bound, url: `http://${host}:${bound}/hooks` }
}

const noContent: Answering = (response) => response.writeHead(204).end()

const message = (given: Partial<WebhookMessage> = {}): WebhookMessage => ({
  url: 'https://hooks.example.cn/',
  id: 'evt_1',
  body: '{"type":"order.paid","data":{"name":"年度会员"}}',
  secrets: [SECRET],
  at: new Date(),
  ...given,
})

type SenderOptions = Parameters<typeof createHttpWebhookSender>[0]
const sender = (given: Partial<SenderOptions> = {}) => {
  const { allowPrivate = true } = given
  const made = createHttpWebhookSender({ targets: createWebhookTargets({ allowPrivate }), allowPrivate, ...given })
  onTestFinished(() => made.close())
  return made
}

describe('a webhook that is sent', () => {
  it('is a signed POST that the Standard Webhooks library verifies', async () => {
    const { arrived, url } = await receiver(noContent)
    expect(await sender().send(message({ url }))).toEqual({ type: 'answered', statusCode: 204, excerpt: '' })
    const [got] = arrived
    expect([got?.method, got?.body]).toEqual(['POST', message().body])
    expect(got?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'webhook-id': 'evt_1' })
    const headers = got?.headers as Record<string, string> // None came twice.
    expect(new Webhook(SECRET).verify(got?.body ?? '', headers)).toEqual(JSON.parse(message().body))
    expect(() => new Webhook(OLD_SECRET).verify(got?.body ?? '', headers)).toThrow('No matching signature')
    expect(() => new Webhook(SECRET).verify(`${got?.body} `, headers)).toThrow('No matching signature')
    expect(() => new Webhook(SECRET).verify(got?.body ?? '', { ...headers, 'webhook-id': 'evt_2' })).toThrow()
  })

  it('is verified by holders of either secret while they are rotated', () => {
    const headers = signedHeaders(message({ secrets: [SECRET, OLD_SECRET] }))
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/)
    for (const secret of [SECRET, OLD_SECRET])
      expect(new Webhook(secret).verify(message().body, headers)).toMatchObject({ type: 'order.paid' })
  })

  it('is no good to who sends it again later', () => {
    const headers = signedHeaders(message({ at: new Date(Date.now() - 600_000) }))
    expect(() => new Webhook(SECRET).verify(message().body, headers)).toThrow('too old')
    const now = String(Math.floor(Date.now() / 1000))
    expect(() => new Webhook(SECRET).verify(message().body, { ...headers, 'webhook-timestamp': now })).toThrow(
      'No matching signature',
    )
  })
})

describe('the answer to a webhook', () => {
  it('is told with the beginning of what it says, in one line', async () => {
    const { url } = await receiver((response) =>
      response.writeHead(500).end(`  no\u0000\r\n\tway \u202e年${'x'.repeat(400)}`),
    )
    const answer = await sender().send(message({ url }))
    expect(answer).toEqual({ type: 'answered', statusCode: 500, excerpt: `no way 年${'x'.repeat(192)}` })
  })

  it('is not followed elsewhere', async () => {
    const other = await receiver(noContent)
    const { url } = await receiver((response) => response.writeHead(307, { location: other.url }).end())
    expect(await sender().send(message({ url }))).toMatchObject({ type: 'answered', statusCode: 307 })
    expect(other.arrived).toEqual([])
  })

  it('is received up to 64 KiB, however much there is', async () => {
    let sent = 0
    const { url } = await receiver((response) => {
      response.writeHead(200)
      const more = (): void => {
        while (sent < 1e9) {
          sent += 65_536
          if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more)
        }
      }
      more()
    })
    expect(await sender().send(message({ url }))).toMatchObject({ type: 'answered', statusCode: 200 })
    expect(sent).toBeLessThan(1e8)
  })

  it('counts by its status, also where the rest never comes', async () => {
    const { url } = await receiver((response) => response.writeHead(200).write('slow…'))
    const answer = await sender({ timeoutMs: 200 }).send(message({ url }))
    expect(answer).toEqual({ type: 'answered', statusCode: 200, excerpt: '' })
  })

  it('is waited for so long and no longer', async () => {
    const { url, arrived } = await receiver(() => undefined)
    expect(await sender({ timeoutMs: 200 }).send(message({ url }))).toEqual({ type: 'unreachable', reason: 'TIMEOUT' })
    expect(arrived).toHaveLength(1)
  })

  it('is missing where nobody listens', async () => {
    const { url, port } = await receiver(noContent)
    const nobody = url.replace(String(port), '1')
    expect(await sender().send(message({ url: nobody }))).toEqual({ type: 'unreachable', reason: 'ECONNREFUSED' })
  })

  it('is given up when we stop, and nobody claims to know what became of it', async () => {
    const { url, arrived } = await receiver(() => undefined)
    const stopping = sender()
    const sent = stopping.send(message({ url }))
    await expect.poll(() => arrived.length).toBe(1)
    await stopping.close()
    expect(await sent).toEqual({ type: 'interrupted' })
  })
})

/** Looks names up in a table; each look takes the next answer, the last one again and again. */
const names = (...answers: readonly (readonly string[])[]) => {
  const asked: string[] = []
  const resolve: Resolve = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { asked, resolve }
}

const REFUSED = { type: 'unreachable', reason: 'ADDRESS_REFUSED' } as const

describe('where webhooks go', () => {
  it.each([
    ['127.0.0.1'],
    ['10.0.0.7'],
    ['169.254.169.254'],
    ['100.100.100.200'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['64:ff9b::7f00:1'],
    ['fd00::1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700::1111', '::ffff:10.0.0.1'],
    [],
  ])('is not what a name leads to: %j', async (...addresses) => {
    const { asked, resolve } = names(addresses)
    expect(await sender({ allowPrivate: false, resolve }).send(message())).toEqual(REFUSED)
    expect(asked).toEqual(['hooks.example.cn'])
  })

  it.each(['https://127.0.0.1/', 'https://[::1]/', 'http://hooks.example.cn/'])(
    'is not %s, though an endpoint may have it from another time',
    async (url) => {
      const answer = await sender({ allowPrivate: false }).send(message({ url }))
      expect(answer).toMatchObject({ type: 'unreachable', reason: expect.stringMatching(/^URL_REFUSED/) })
    },
  )

  it('is checked for addresses in the place of a name too, when it connects', async () => {
    const { url, arrived } = await receiver(noContent)
    const targets = createWebhookTargets({ allowPrivate: true })
    const strict = sender({ targets, allowPrivate: false, isAllowed: isPublicAddress })
    expect(await strict.send(message({ url }))).toEqual(REFUSED)
    expect(arrived).toEqual([])
  })

  it('is the very address that was checked, whatever the name means a moment later', async () => {
    const good = await receiver((response) => response.writeHead(200, { connection: 'close' }).end('good'), '127.0.0.2')
    const secret = await receiver(noContent, '127.0.0.1', good.port)
    const { asked, resolve } = names(['127.0.0.2'], ['127.0.0.1'])
    const targets = createWebhookTargets({ allowPrivate: true })
    const rebound = sender({ targets, allowPrivate: false, resolve, isAllowed: (address) => address === '127.0.0.2' })
    const url = `http://hooks.example.cn:${good.port}/`
    expect(await rebound.send(message({ url }))).toMatchObject({ statusCode: 200, excerpt: 'good' })
    expect(asked).toHaveLength(1)
    expect(await rebound.send(message({ url }))).toEqual(REFUSED)
    expect(asked).toHaveLength(2)
    expect([good.arrived.length, secret.arrived.length]).toEqual([1, 0])
  })

  it('is no host whose certificate nobody vouches for', async () => {
    const { key, cert } = await selfSigned('hooks.example.cn')
    let arrived = 0
    const server = createTlsServer({ key, cert }, (_, response) => {
      arrived += 1
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo // It listens on a port.
    const { resolve } = names(['127.0.0.1'])
    const answer = await sender({ resolve }).send(message({ url: `https://hooks.example.cn:${port}/` }))
    expect(answer).toEqual({ type: 'unreachable', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(arrived).toBe(0)
  })
})
