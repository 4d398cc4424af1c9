import { err, ok, type Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createCircuitBreaker } from '../../../src/adapters/gateways/circuit-breaker.ts'
import { withRetriedQuestions } from '../../../src/adapters/gateways/retried-questions.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import type { GatewayError, RefundOrder } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import { minute, pendingPayment } from '../../support/builders.ts'
import { scriptedGateway } from '../../application/world.ts'

const silence: GatewayError = { code: 'GATEWAY_UNAVAILABLE', reason: 'reset' }
const REFUND: RefundOrder = {
  refundNo: 'R1',
  outTradeNo: 'P1',
  transactionId: 'T1',
  amount: fen(1),
  paid: fen(2),
  currency: 'CNY',
  reason: 'x',
}

const questioned = (elapsedMs = 0) => {
  const clock = fixedClock({ at: minute(0) })
  const circuit = createCircuitBreaker({ clock, failuresToOpen: 1, probeAfterMs: 1000, changed: () => undefined })
  const { gateway, script, asked } = scriptedGateway()
  /** Each answer of the gateway takes so long. */
  const answer = <T>(given: Result<T, GatewayError>): Result<T, GatewayError> => {
    clock.advance(elapsedMs)
    return given
  }
  const settings = { retries: 2, firstDelayMs: 1, maxDelayMs: 2, totalMs: 4800, timeoutMs: 3000 }
  return { gateway: withRetriedQuestions(gateway, { ...settings, clock, circuit }), script, asked, circuit, answer }
}

describe('questions to a gateway', () => {
  it('are repeated until there is an answer, a bounded number of times', async () => {
    const { gateway, script, asked } = questioned()
    script.query = () => (asked.query.length < 3 ? err(silence) : ok({ state: 'closed' }))
    expect((await gateway.query('P1'))._unsafeUnwrap()).toEqual({ state: 'closed' })
    expect(asked.query).toEqual(['P1', 'P1', 'P1'])
    script.queryRefund = () => err(silence)
    expect((await gateway.queryRefund({ outTradeNo: 'P1', refundNo: 'R1' }))._unsafeUnwrapErr()).toEqual(silence)
    expect(asked.queryRefund).toEqual(['R1', 'R1', 'R1'])
  })

  it.each<GatewayError>([{ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' }, { code: 'TRADE_CLOSED' }])(
    'are not repeated after a definite answer: $code',
    async (error) => {
      const { gateway, script, asked } = questioned()
      script.query = () => err(error)
      expect((await gateway.query('P1'))._unsafeUnwrapErr()).toEqual(error)
      expect(asked.query).toHaveLength(1)
    },
  )

  it('are not repeated once the gateway is known to be dead', async () => {
    const { gateway, script, asked, circuit } = questioned()
    script.query = () => {
      circuit.failed()
      return err(silence)
    }
    await gateway.query('P1')
    expect(asked.query).toHaveLength(1)
  })

  it('are not repeated where the repeat could outlast the caller’s patience', async () => {
    const slow = questioned(3000)
    slow.script.query = () => slow.answer(err(silence))
    await slow.gateway.query('P1')
    expect(slow.asked.query).toHaveLength(1)
    const once = questioned(1500)
    once.script.query = () => once.answer(err(silence))
    await once.gateway.query('P1')
    expect(once.asked.query).toHaveLength(2)
  })
})

describe('what moves money or ends a trade', () => {
  it('is never repeated by itself', async () => {
    const { gateway, script, asked } = questioned()
    script.create = () => err(silence)
    script.close = () => err(silence)
    script.refund = () => err(silence)
    await gateway.create({ ...pendingPayment(), outTradeNo: 'P1' })
    await gateway.close('P1')
    await gateway.refund(REFUND)
    expect([asked.create.length, asked.close.length, asked.refund.length]).toEqual([1, 1, 1])
  })
})
