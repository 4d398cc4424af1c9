import { describe, expect, it } from 'vitest'
import { thresholdsWith } from '../../../src/domain/alert-thresholds.ts'
import { CHECKS } from '../../../src/application/alerts/checks/checks.ts'
import { alertWatch } from './watch.ts'

describe('checking the rules', () => {
  it('tells nothing of a shop where nothing happens', async () => {
    const watch = alertWatch()
    await watch.pass(3)
    expect((await watch.store.readers.alerts.list({}, { limit: 9, after: undefined })).items).toEqual([])
  })

  it('is done by one of all processes, once a minute', async () => {
    const watch = alertWatch()
    const turns = await Promise.all([1, 2, 3].map(() => watch.evaluatorWith(CHECKS)()))
    expect(turns.filter((checked) => checked > 0)).toHaveLength(1)
    watch.clock.advance(59_999)
    expect(await watch.evaluate()).toBe(0)
    watch.clock.advance(1)
    expect(await watch.evaluate()).toBeGreaterThan(0)
  })

  it('raises once, counts while it goes on, and resolves when it is over', async () => {
    const watch = alertWatch()
    await watch.count('calls', 'wechat', 5, 5)
    await watch.pass(3)
    expect(await watch.told('gateway_unavailable')).toEqual(['wechat firing'])
    const events = (await watch.store.readers.events.pending(99)).map(({ event }) => event.type)
    expect(events).toEqual(['alert.raised'])
    await watch.count('calls', 'wechat', 1, 0)
    await watch.pass(1)
    expect(await watch.told('gateway_unavailable')).toEqual(['wechat resolved'])
  })

  it('leaves alone what nothing new is known of', async () => {
    const watch = alertWatch()
    await watch.count('calls', 'wechat', 5, 5)
    await watch.pass(60)
    expect(await watch.told('gateway_unavailable')).toEqual(['wechat firing'])
  })

  it('ends what a rule said that is switched off', async () => {
    const watch = alertWatch()
    await watch.count('calls', 'wechat', 5, 5)
    await watch.evaluate()
    const off = alertWatch({ thresholds: { gateway_unavailable: undefined } })
    await off.count('calls', 'wechat', 5, 5)
    await off.commit(async ({ alerts }) => {
      const facts = { provider: 'wechat', minutes: 5 }
      await alerts.raise({ rule: 'gateway_unavailable', subject: 'wechat', facts, at: off.clock.now() })
    })
    await off.evaluate()
    expect(await off.told('gateway_unavailable')).toEqual(['wechat resolved'])
    expect(thresholdsWith({ gateway_unavailable: undefined }).gateway_unavailable).toBeUndefined()
  })

  it('tells of a rule that it cannot check, checks all others, and says when it can again', async () => {
    let isBroken = true
    const watch = alertWatch({
      checks: {
        payment_failure_rate: async () => {
          if (isBroken) throw new TypeError('a message with 13800000000 in it')
          return []
        },
      },
    })
    await watch.count('calls', 'wechat', 5, 5)
    await watch.evaluate()
    expect(await watch.facts('rule_unchecked')).toEqual([
      { rule: 'payment_failure_rate', reason: 'TypeError', severity: 'critical' },
    ])
    expect(watch.failures).toEqual(['payment_failure_rate: TypeError: a message with 13800000000 in it'])
    expect(await watch.told('gateway_unavailable')).toEqual(['wechat firing'])
    isBroken = false
    await watch.pass(1)
    expect(await watch.told('rule_unchecked')).toEqual(['payment_failure_rate resolved'])
  })

  it('keeps what a rule said before it could not be checked', async () => {
    const watch = alertWatch()
    await watch.count('calls', 'wechat', 5, 5)
    await watch.evaluate()
    watch.clock.advance(60_000)
    await watch.evaluatorWith({ ...CHECKS, gateway_unavailable: () => Promise.reject(new Error('no')) })()
    expect(await watch.told('gateway_unavailable')).toEqual(['wechat firing'])
  })

  it('ends the same wherever the process dies', async () => {
    const names = Object.keys(CHECKS) as (keyof typeof CHECKS)[] // Its own keys.
    for (const dying of names) {
      const watch = alertWatch()
      await watch.count('calls', 'wechat', 5, 5)
      await watch.count('callbacks', 'alipay', 9, 9)
      const never = () => new Promise<never>(() => undefined)
      void watch.evaluatorWith({ ...CHECKS, [dying]: never })()
      await new Promise((resolve) => void setImmediate(resolve))
      await watch.pass(1)
      expect(await watch.told('gateway_unavailable')).toEqual(['wechat firing'])
      expect(await watch.told('callbacks_failing')).toEqual(['alipay firing'])
    }
  })

  it('forgets what was counted more than a day ago', async () => {
    const watch = alertWatch()
    await watch.count('requests', 'service', 1, 0, 26 * 60)
    await watch.evaluate()
    expect(await watch.store.alerting.activity.firstMinute('requests')).toBeUndefined()
  })
})
