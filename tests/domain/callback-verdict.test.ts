import { describe, expect, it } from 'vitest'
import { REFUSAL_REASONS, REFUSAL_SLOTS, slotOf } from '../../src/domain/callback-refusal.ts'
import { FAILED_STEPS, refusalTree, verdictTree } from '../../src/domain/callback-verdict.ts'
import { refusedCallback } from '../support/builders.ts'

const EXPECTED = { allowedIps: undefined, knownSerials: ['PUB_KEY_ID_1'], maxBytes: 65_536 }

const outcomes = (nodes: ReturnType<typeof verdictTree>) => nodes.map(({ step, outcome }) => `${step} ${outcome}`)

describe('the verdict on a callback', () => {
  it.each(REFUSAL_REASONS)('%s fails at one step, with advice there alone', (reason) => {
    for (const provider of ['wechat', 'alipay'] as const) {
      const step = FAILED_STEPS[reason]
      if (provider === 'alipay' && ['timestamp', 'serial'].includes(step)) continue // Alipay signs neither.
      const tree = refusalTree(refusedCallback({ provider, reason }), EXPECTED)
      const failed = tree.filter(({ outcome }) => outcome === 'failed')
      expect(failed.map((node) => node.step)).toEqual([step])
      expect(tree.filter(({ advice }) => advice !== undefined)).toEqual(failed)
    }
  })

  it('shows what was expected and what came', () => {
    const tree = refusalTree(refusedCallback({ reason: 'unknown_serial' }), EXPECTED)
    expect(tree.find(({ step }) => step === 'serial')).toMatchObject({
      outcome: 'failed',
      expected: { zh: 'PUB_KEY_ID_1' },
      arrived: 'PUB_KEY_ID_01',
    })
    expect(tree.find(({ step }) => step === 'timestamp')).toMatchObject({ outcome: 'passed', arrived: '-3 s' })
  })

  it('does not say of an unreadable one that its signature held', () => {
    const tree = refusalTree(refusedCallback({ provider: 'alipay', reason: 'unreadable' }), EXPECTED)
    expect(outcomes(tree)).toContain('signature not_reached')
    expect(outcomes(tree)).toContain('content failed')
  })

  it('passes all steps where none failed, and fewer of Alipay’s', () => {
    expect(outcomes(verdictTree('wechat', undefined, {})).every((one) => one.endsWith(' passed'))).toBe(true)
    expect(verdictTree('alipay', undefined, {}).map(({ step }) => step)).not.toContain('serial')
  })
})

it('keeps each network at one of a few places', () => {
  const slots = new Set(Array.from({ length: 2000 }, (_, n) => slotOf(`10.${n % 256}.${n % 7}`)))
  expect([slots.size, Math.min(...slots), Math.max(...slots)]).toEqual([REFUSAL_SLOTS, 0, REFUSAL_SLOTS - 1])
  expect(slotOf('10.1.2')).toBe(slotOf('10.1.2'))
})
