import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { guardTransport } from '../../../src/adapters/gateways/guarded-transport.ts'
import type { HttpTransport } from '../../../src/adapters/gateways/http-transport.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { minute } from '../../support/builders.ts'

type Answer = Awaited<ReturnType<HttpTransport>>

const REQUEST = { method: 'GET', url: 'https://gateway.invalid/', headers: {} } as const
const answered = (status: number): Answer => ok({ status, headers: {}, body: Buffer.alloc(0) })
const silent: Answer = err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
const OPEN = { code: 'GATEWAY_UNAVAILABLE', reason: 'circuit open' }

const guarded = (answer: () => Answer | Promise<Answer>) => {
  const clock = fixedClock({ at: minute(0) })
  let calls = 0
  const transport: HttpTransport = async () => {
    calls += 1
    return answer()
  }
  const {
    send,
    guarded: call,
    circuit,
  } = guardTransport(transport, {
    clock,
    failuresToOpen: 3,
    probeAfterMs: 1000,
    concurrency: 2,
    queue: 3,
    changed: () => undefined,
  })
  const sendOften = async (times: number): Promise<Answer | undefined> => {
    let last: Answer | undefined
    for (let n = 0; n < times; n += 1) last = await send(REQUEST)
    return last
  }
  return { clock, circuit, call, send: () => send(REQUEST), sendOften, calls: () => calls }
}

describe('a guarded transport', () => {
  it.each([
    ['no answer at all', silent],
    ['a 500', answered(500)],
    ['a 502', answered(502)],
    ['a 503', answered(503)],
  ])('stops calling after three times %s, and says so at once', async (_, answer) => {
    const { sendOften, send, calls } = guarded(() => answer)
    await sendOften(3)
    expect((await send())._unsafeUnwrapErr()).toEqual(OPEN)
    expect(calls()).toBe(3)
  })

  it.each([200, 204, 400, 403, 404, 429])('goes on however often it is answered with %i', async (status) => {
    const { sendOften, calls, circuit } = guarded(() => answered(status))
    expect((await sendOften(20))?._unsafeUnwrap().status).toBe(status)
    expect([calls(), circuit.state]).toEqual([20, 'closed'])
  })

  it('tries again after the pause, and goes on when the gateway is back', async () => {
    let current: Answer = silent
    const { clock, sendOften, send, calls } = guarded(() => current)
    await sendOften(5)
    expect(calls()).toBe(3)
    clock.advance(1000)
    current = answered(200)
    expect((await send()).isOk()).toBe(true)
    expect((await send()).isOk()).toBe(true)
    expect(calls()).toBe(5)
  })

  it('counts a call that throws as one that failed, so that no probe is lost', async () => {
    const { clock, send, sendOften, circuit } = guarded(() => {
      if (circuit.state === 'half_open') throw new Error('a bug')
      return silent
    })
    await sendOften(3)
    clock.advance(1000)
    await expect(send()).rejects.toThrow('a bug')
    expect(circuit.state).toBe('open')
  })

  it('keeps few calls under way, lets some wait, and refuses the rest at once', async () => {
    const gate = Promise.withResolvers<Answer>()
    const { send, calls } = guarded(() => gate.promise)
    const sent = Array.from({ length: 5 }, send)
    const refused = await send()
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      code: 'GATEWAY_UNAVAILABLE',
      reason: 'too many calls under way',
    })
    expect(calls()).toBe(2)
    gate.resolve(answered(200))
    expect((await Promise.all(sent)).every((one) => one.isOk())).toBe(true)
    expect(calls()).toBe(5)
  })

  it('does not make those that wait try a gateway that was found dead meanwhile', async () => {
    const gate = Promise.withResolvers<Answer>()
    const { send, sendOften, calls } = guarded(() => (calls() === 1 ? silent : gate.promise))
    await sendOften(1)
    const sent = Array.from({ length: 5 }, send)
    gate.resolve(silent)
    await Promise.all(sent)
    expect(calls()).toBe(3)
  })

  it('stops other kinds of calls together with these, and lets each find out that the gateway is back', async () => {
    const { sendOften, call, clock, circuit } = guarded(() => silent)
    const download = () => call(async () => ok({ status: 200, body: 'a file' }))
    await sendOften(3)
    expect((await download())._unsafeUnwrapErr()).toEqual(OPEN)
    clock.advance(1000)
    expect((await download())._unsafeUnwrap().body).toBe('a file')
    expect(circuit.state).toBe('closed')
  })
})
