import { describe, expect, it } from 'vitest'
import {
  ALERT_THRESHOLDS,
  parseThresholds,
  THRESHOLD_RULES,
  thresholdsWith,
} from '../../src/domain/alert-thresholds.ts'

describe('the thresholds of alerts', () => {
  it('are those of the product where nothing is said', () => {
    expect(thresholdsWith()).toMatchObject({
      payment_failure_rate: 5,
      payment_success_rate: 95,
      callback_delay: 30,
      refund_success_rate: 90,
      error_rate: 1,
      callbacks_missing: 30,
      certificate_expiring: 14,
    })
    for (const rule of THRESHOLD_RULES)
      expect(ALERT_THRESHOLDS[rule].byDefault ?? 0).toBeLessThan(ALERT_THRESHOLDS[rule].most)
  })

  it('are changed one by one, or switched off', () => {
    expect(parseThresholds('payment_success_rate=60, callback_delay=off')).toEqual(
      thresholdsWith({ payment_success_rate: 60, callback_delay: undefined }),
    )
  })

  it('leave the goods alone until somebody says how few are too few, none included', () => {
    expect(thresholdsWith().low_stock).toBeUndefined()
    expect(parseThresholds('low_stock=0')).toMatchObject({ low_stock: 0, error_rate: 1 })
    expect(parseThresholds('low_stock=5')).toMatchObject({ low_stock: 5 })
  })

  it.each([
    'nonsense=5',
    'incident_opened=5',
    'callback_delay',
    'callback_delay=',
    'callback_delay=0',
    'callback_delay=-1',
    'callback_delay=1.5',
    'error_rate=101',
    'toString=5',
    '',
  ])('are refused where they say %j', (text) => {
    expect(parseThresholds(`error_rate=2,${text}`)).toEqual({ problem: text })
  })
})
