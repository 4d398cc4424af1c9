import { expect, it } from 'vitest'
import type { RawNotification } from '../../../src/application/payments/payment-gateway.ts'
import { type Current, type GatewayUnderTest, paid } from './under-test.ts'

export const notificationContract = (current: Current): void => {
  it('says the same of a payment as a query', async () => {
    const { gateway, trade, paymentNotification } = current()
    const asked = trade()
    const receipt = await paid(current(), asked)
    const raw = await paymentNotification(asked.outTradeNo)
    const notification = (await gateway.readNotification(raw))._unsafeUnwrap()
    expect(notification).toMatchObject({ kind: 'payment_succeeded', receipt })
    expect(notification.notificationId).toMatch(/^\S+$/)
    expect(notification.eventAt).toBeInstanceOf(Date)
  })

  it('reads one message as often as it comes', async () => {
    const { gateway, trade, paymentNotification } = current()
    const asked = trade()
    await paid(current(), asked)
    const raw = await paymentNotification(asked.outTradeNo)
    expect(await gateway.readNotification(raw)).toEqual(await gateway.readNotification(raw))
  })

  it('refuses a body in which any byte was changed', async () => {
    const { headers, body } = await aNotification(current())
    for (const position of sampleOf(body.length, 150)) {
      const changed = Uint8Array.from(body)
      changed[position] = (changed[position] ?? 0) ^ 1
      await expectRefused(current(), { headers, body: changed }, `byte ${position} of the body`)
    }
  })

  it('refuses a body that was cut, lengthened or emptied', async () => {
    const { headers, body } = await aNotification(current())
    for (const changed of [body.subarray(0, -1), body.subarray(1), Buffer.concat([body, Buffer.from('0')]), []])
      await expectRefused(current(), { headers, body: Uint8Array.from(changed) }, 'another length')
  })

  it('refuses signed headers in which any character was changed', async () => {
    const { headers, body } = await aNotification(current())
    for (const [name, value] of signedHeaders(headers)) {
      for (const position of sampleOf(value.length, 400)) {
        const character = String.fromCharCode(value.charCodeAt(position) ^ 1)
        const changed = value.slice(0, position) + character + value.slice(position + 1)
        await expectRefused(current(), { headers: { ...headers, [name]: changed }, body }, `${name}: ${changed}`)
      }
    }
  })

  it('refuses a message that lacks one of the signed headers, or has an empty one', async () => {
    const { headers, body } = await aNotification(current())
    // Without a name for it the usual algorithm is meant.
    for (const [name] of signedHeaders(headers))
      for (const value of name.endsWith('-type') ? [''] : [undefined, ''])
        await expectRefused(current(), { headers: { ...headers, [name]: value }, body }, `${name}: ${value}`)
  })

  it('refuses noise', async () => {
    for (const text of ['', '{}', '[]', 'null', '{"id":1}', 'a=1&b=2', '\u0000', '<xml/>'])
      await expectRefused(current(), { headers: {}, body: Buffer.from(text) }, text)
  })
}

const aNotification = async (under: GatewayUnderTest): Promise<RawNotification> => {
  const trade = under.trade()
  await paid(under, trade)
  const raw = await under.paymentNotification(trade.outTradeNo)
  expect((await under.gateway.readNotification(raw)).isOk()).toBe(true)
  return raw
}

const expectRefused = async ({ gateway }: GatewayUnderTest, raw: RawNotification, what: string): Promise<void> => {
  const answer = await gateway.readNotification(raw)
  expect(answer.isErr(), what).toBe(true)
}

/** Headers of the transport are not signed and decide nothing. */
const signedHeaders = (headers: RawNotification['headers']): readonly (readonly [string, string])[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || /^(accept|cache|connection|content|date|host|request-id|transfer|user-agent)/.test(name)
      ? []
      : [[name, value] as const],
  )

/** Places spread over a length, the first and the last among them. */
const sampleOf = (length: number, count: number): readonly number[] =>
  length <= count
    ? Array.from({ length }, (_, n) => n)
    : Array.from({ length: count }, (_, n) => Math.round((n * (length - 1)) / (count - 1)))
