import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Alert,
  type AlertEvent,
  FLAPPING_MS,
  newAlert,
  REMIND_AFTER_MS,
  transitionAlert,
} from '../../src/domain/alert.ts'
import { BRIEF_LENGTH, briefOf } from '../../src/domain/alert-brief.ts'
import {
  ALERT_RULE_NAMES,
  ALERT_RULES,
  type AlertFacts,
  type AlertRule,
  type AlertSeverity,
  isWorse,
} from '../../src/domain/alert-rules.ts'
import { alertWording } from '../../src/domain/alert-wording.ts'
import type { IncidentKind } from '../../src/domain/incident.ts'
import { firingAlert, minute, resolvedAlert } from '../support/builders.ts'

const facts = { provider: 'wechat', minutes: 9 }
const after = (ms: number): Date => new Date(minute(0).getTime() + ms)
const raised = (at: Date, severity: AlertSeverity = 'critical'): AlertEvent => ({ type: 'raised', severity, facts, at })
const resolved = (at: Date): AlertEvent => ({ type: 'resolved', at })
const acknowledged = (at: Date): AlertEvent => ({ type: 'acknowledged', by: 'boss', note: '已联系渠道', at })
const told = (alert: Alert, event: AlertEvent): readonly string[] =>
  transitionAlert(alert, event)[1].map(({ type }) => type)

describe('an alert', () => {
  it('is told when it is opened', () => {
    const { id, rule, subject } = firingAlert()
    const [alert, events] = newAlert({ id, rule, subject }, { severity: 'critical', facts, at: minute(0) })
    expect(alert).toEqual(firingAlert({ facts }))
    expect(events).toEqual([{ type: 'alert.raised', alertId: id, at: minute(0) }])
  })

  it('only counts while it goes on', () => {
    expect(transitionAlert(firingAlert(), raised(minute(5)))).toEqual([
      firingAlert({ facts, occurrences: 2, lastAt: minute(5) }),
      [],
    ])
  })

  it('is told again after hours of going on, and not before', () => {
    expect(told(firingAlert(), raised(after(REMIND_AFTER_MS - 1)))).toEqual([])
    const at = after(REMIND_AFTER_MS)
    const [alert, events] = transitionAlert(firingAlert(), raised(at))
    expect(alert).toMatchObject({ occurrences: 2, told: { at, severity: 'critical' } })
    expect(events).toEqual([{ type: 'alert.raised', alertId: alert.id, at }])
  })

  it('is not told again once somebody has acknowledged it', () => {
    const [seen, news] = transitionAlert(firingAlert(), acknowledged(minute(1)))
    expect(seen).toEqual(firingAlert({ acknowledgement: { by: 'boss', note: '已联系渠道', at: minute(1) } }))
    expect(news).toEqual([])
    expect(told(seen, raised(after(9 * REMIND_AFTER_MS)))).toEqual([])
  })

  it('is told at once when it gets worse, whoever has acknowledged it', () => {
    const mild = firingAlert({ severity: 'warning', told: { at: minute(0), severity: 'warning' } })
    const [seen] = transitionAlert(mild, acknowledged(minute(1)))
    const [worse, events] = transitionAlert(seen, raised(minute(2)))
    expect(events).toHaveLength(1)
    expect(worse).toMatchObject({ severity: 'critical', acknowledgement: undefined })
  })

  it('is not told when it gets better, nor when it is as bad again as people know', () => {
    const [better, events] = transitionAlert(firingAlert(), raised(minute(1), 'info'))
    expect([better.severity, events]).toEqual(['info', []])
    expect(told(better, raised(minute(2)))).toEqual([])
  })

  it('ends once, and the first end stands', () => {
    const [over, events] = transitionAlert(firingAlert(), resolved(minute(1)))
    expect(over).toEqual(resolvedAlert())
    expect(events).toEqual([{ type: 'alert.resolved', alertId: over.id, at: minute(1) }])
    expect(transitionAlert(over, resolved(minute(2)))).toEqual([over, []])
  })

  it('goes on silently where it comes back at once', () => {
    const over = resolvedAlert({ resolvedAt: minute(0) })
    const at = after(FLAPPING_MS - 1)
    expect(transitionAlert(over, raised(at))).toEqual([firingAlert({ facts, occurrences: 2, lastAt: at }), []])
  })

  it('is opened anew where it comes back later', () => {
    const seen = { by: 'boss', note: undefined, at: minute(0) }
    const over = resolvedAlert({ resolvedAt: minute(0), occurrences: 7, acknowledgement: seen })
    const at = after(FLAPPING_MS)
    expect(transitionAlert(over, raised(at))).toEqual([
      firingAlert({ facts, firstAt: at, lastAt: at, told: { at, severity: 'critical' } }),
      [{ type: 'alert.raised', alertId: over.id, at }],
    ])
  })

  it('is over once it is seen where it tells of something that does not last, and comes back as news', () => {
    const event = firingAlert({ rule: 'unusual_activity' })
    const [seen, news] = transitionAlert(event, acknowledged(minute(1)))
    expect(seen).toMatchObject({ status: 'resolved', resolvedAt: minute(1) })
    expect(news).toEqual([])
    expect(told(seen, raised(minute(2)))).toEqual(['alert.raised'])
  })

  it('tells once of what happened once, also where it is seen in between', () => {
    const event = firingAlert({ rule: 'unusual_activity', lastAt: minute(15) })
    expect(transitionAlert(event, raised(minute(15)))).toEqual([event, []])
    const [seen] = transitionAlert(event, acknowledged(minute(16)))
    expect(transitionAlert(seen, raised(minute(15)))).toEqual([seen, []])
    expect(told(seen, raised(minute(30)))).toEqual(['alert.raised'])
  })

  it('keeps the first acknowledgement', () => {
    const [seen] = transitionAlert(firingAlert(), acknowledged(minute(1)))
    expect(transitionAlert(seen, { type: 'acknowledged', by: 'other', note: undefined, at: minute(2) })).toEqual([
      seen,
      [],
    ])
  })

  it('tells in whatever order it happens: no worse than people know, and no end without a beginning', () => {
    const anyEvent = fc.oneof(
      fc
        .constantFrom<AlertSeverity>('info', 'warning', 'critical')
        .map((severity) => (at: Date) => raised(at, severity)),
      fc.constant(resolved),
      fc.constant(acknowledged),
    )
    const steps = fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 2 * REMIND_AFTER_MS })), { maxLength: 30 })
    fc.assert(
      fc.property(fc.constantFrom(...ALERT_RULE_NAMES), steps, (rule, events) => {
        let alert: Alert = firingAlert({ rule, severity: 'info', told: { at: minute(0), severity: 'info' } })
        let now = 0
        for (const [make, gap] of events) {
          now += gap
          const event = make(after(now))
          const [next, news] = transitionAlert(alert, event)
          if (news[0]?.type === 'alert.resolved') expect([alert.status, next.status]).toEqual(['firing', 'resolved'])
          if (news[0]?.type === 'alert.raised') expect([next.status, next.told.at]).toEqual(['firing', event.at])
          expect(news.length).toBeLessThanOrEqual(1)
          expect(isWorse(next.severity, next.told.severity)).toBe(false)
          const isTold = ALERT_RULES[rule].ends === 'when_seen' && event.at <= alert.lastAt
          expect(event.type === 'raised' && !isTold ? next.status : 'firing').toBe('firing')
          if (event.type !== 'raised') expect(transitionAlert(next, event)).toEqual([next, []])
          alert = next
        }
      }),
    )
  })
})

describe('the words of an alert', () => {
  const factsOf = (rule: (typeof ALERT_RULE_NAMES)[number]) =>
    Object.fromEntries(ALERT_RULES[rule].facts.map((name) => [name, `<${name}>`]))

  it.each(ALERT_RULE_NAMES.filter((rule) => rule !== 'incident_opened'))('name each fact of the rule %s', (rule) => {
    const { title, text } = alertWording({ rule, facts: factsOf(rule) })
    for (const language of ['zh', 'en'] as const) {
      const words = `${title[language]} ${text[language]}`
      for (const fact of ALERT_RULES[rule].facts) expect(words).toContain(`<${fact}>`)
      expect(words).not.toMatch(/[{}?]/)
    }
  })

  it('are those of its kind for an incident, and differ from kind to kind', () => {
    const titles = KINDS.map(
      (kind) => alertWording({ rule: 'incident_opened', facts: { kind, provider: 'alipay' } }).title,
    )
    expect(new Set(titles.map(({ zh }) => zh)).size).toBe(KINDS.length)
    expect(new Set(titles.map(({ en }) => en)).size).toBe(KINDS.length)
    expect(titles[0]).toEqual({
      zh: '支付宝 到账金额与订单不符',
      en: 'A payment by Alipay has another amount than its order',
    })
  })

  it.each(ALERT_RULE_NAMES)('say what the owner of a shop is to do, for the rule %s', (rule) => {
    const { text } = alertWording({ rule, facts: factsOf(rule) })
    expect(text.zh).toMatch(/请/)
    expect(text.en).toMatch(/\. [A-Z]|^[A-Z]/)
  })

  it('fit into a text message, each rule and each kind of incident by a name of its own', () => {
    const rules = ALERT_RULE_NAMES.filter((rule) => rule !== 'incident_opened')
    const briefs = [
      ...rules.map((rule) => briefOf({ rule, facts: {} })),
      ...KINDS.map((kind) => briefOf({ rule: 'incident_opened', facts: { kind } })),
      briefOf({ rule: 'incident_opened', facts: { kind: 'a new one' } }),
    ]
    for (const brief of briefs) expect([brief, brief.length <= BRIEF_LENGTH]).toEqual([brief, true])
    expect(new Set(briefs).size).toBe(briefs.length)
  })

  it('name what people have names for', () => {
    const named = (rule: AlertRule, facts: AlertFacts) => alertWording({ rule, facts }).title
    expect(named('certificate_expiring', { certificate: 'wechat_merchant', days: 3, day: '2026-12-01' })).toEqual({
      zh: '微信支付商户 API 证书将在 2026-12-01 到期（还有 3 天）',
      en: "The merchant's API certificate of WeChat Pay expires on 2026-12-01, in 3 days",
    })
    expect(named('rule_unchecked', { rule: 'callback_delay', reason: 'Error' }).zh).toBe('告警规则“支付通知慢”无法检查')
    expect(named('jobs_behind', { job: 'refunds', seconds: 400, count: 2 }).zh).toBe('后台任务“退款处理”落后 400 秒')
  })

  it('say what is not known, instead of failing', () => {
    const { title } = alertWording({ rule: 'gateway_unavailable', facts: { provider: 'unionpay' } })
    expect(title.zh).toBe('unionpay 已 ? 分钟没有应答')
    expect(alertWording({ rule: 'incident_opened', facts: {} }).title.zh).toBe('? 有一件需要人处理的事')
  })
})

const KINDS = Object.keys({
  amount_mismatch: 0,
  unknown_order: 0,
  foreign_identity: 0,
  surplus_payment: 0,
  late_payment: 0,
  refund_abnormal: 0,
  points_shortfall: 0,
  contradiction: 0,
} satisfies Record<IncidentKind, 0>) as IncidentKind[] // The keys just checked.
