import { describe, expect, it } from 'vitest'
import { type CircuitState, createCircuitBreaker } from '../../../src/adapters/gateways/circuit-breaker.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { minute } from '../../support/builders.ts'

const PAUSE_MS = 3000

const breaker = () => {
  const clock = fixedClock({ at: minute(0) })
  const states: CircuitState[] = []
  const circuit = createCircuitBreaker({
    clock,
    failuresToOpen: 3,
    probeAfterMs: PAUSE_MS,
    changed: (state) => states.push(state),
  })
  const fail = (times: number): void => {
    for (let n = 0; n < times; n += 1) if (circuit.admits()) circuit.failed()
  }
  return { clock, circuit, states, fail }
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and not before', () => {
    const { circuit, fail } = breaker()
    fail(2)
    expect([circuit.state, circuit.admits()]).toEqual(['closed', true])
    circuit.failed()
    expect([circuit.state, circuit.admits()]).toEqual(['open', false])
  })

  it('starts counting anew with every answer', () => {
    const { circuit, fail } = breaker()
    for (let round = 0; round < 5; round += 1) {
      fail(2)
      circuit.succeeded()
    }
    expect(circuit.state).toBe('closed')
  })

  it('lets one call through after the pause, and no second one beside it', () => {
    const { clock, circuit, fail } = breaker()
    fail(3)
    clock.advance(PAUSE_MS - 1)
    expect(circuit.admits()).toBe(false)
    clock.advance(1)
    expect([circuit.admits(), circuit.admits(), circuit.state]).toEqual([true, false, 'half_open'])
  })

  it('closes when the probe is answered', () => {
    const { clock, circuit, states, fail } = breaker()
    fail(3)
    clock.advance(PAUSE_MS)
    circuit.admits()
    circuit.succeeded()
    expect([circuit.admits(), states]).toEqual([true, ['open', 'half_open', 'closed']])
    fail(2)
    expect(circuit.state).toBe('closed')
  })

  it('pauses again when the probe fails', () => {
    const { clock, circuit, fail } = breaker()
    fail(3)
    clock.advance(PAUSE_MS)
    fail(1)
    expect(circuit.state).toBe('open')
    clock.advance(PAUSE_MS - 1)
    expect(circuit.admits()).toBe(false)
    clock.advance(1)
    expect(circuit.admits()).toBe(true)
  })

  it('is not prolonged by calls that were under way when it opened', () => {
    const { clock, circuit, fail } = breaker()
    fail(3)
    clock.advance(PAUSE_MS - 1)
    circuit.failed()
    clock.advance(1)
    expect(circuit.admits()).toBe(true)
  })

  it('closes with a late answer to a call that was under way', () => {
    const { circuit, fail } = breaker()
    fail(3)
    circuit.succeeded()
    expect([circuit.state, circuit.admits()]).toEqual(['closed', true])
  })

  it('keeps its pause when the wall clock jumps', () => {
    const { clock, circuit, fail } = breaker()
    fail(3)
    clock.set(minute(60 * 24))
    expect(circuit.admits()).toBe(false)
    clock.set(minute(-60 * 24))
    clock.advance(PAUSE_MS)
    expect(circuit.admits()).toBe(true)
  })
})
