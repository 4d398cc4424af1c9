import { describe, expect, it } from 'vitest'
import { writeAlertMessage } from '../../../src/application/alerts/write-alert-message.ts'
import { firingAlert, minute, resolvedAlert } from '../../support/builders.ts'

const write = (...told: Parameters<typeof writeAlertMessage>[0]) => writeAlertMessage(told, minute(9))

describe('a message of alerts', () => {
  it('says what it is, what to do, since when and how often, in both languages', () => {
    const message = write({ alert: firingAlert({ occurrences: 3 }), isOver: false })
    expect(message).toMatchObject({
      title: '【严重】微信支付 已 5 分钟没有应答',
      severity: 'critical',
      at: minute(9),
    })
    expect(message.text.split('\n')).toEqual([
      '【严重】微信支付 已 5 分钟没有应答',
      expect.stringContaining('恢复后自动继续'),
      '[Critical] WeChat Pay has not answered for 5 minutes',
      expect.stringContaining('goes on by itself later'),
      '2026-03-01 12:00 ×3',
    ])
  })

  it('asks for nothing where it is over', () => {
    expect(write({ alert: resolvedAlert(), isOver: true })).toMatchObject({
      title: '【已恢复】微信支付 已 5 分钟没有应答',
      text: '【已恢复】微信支付 已 5 分钟没有应答\n[Resolved] WeChat Pay has not answered for 5 minutes\n2026-03-01 12:00 – 2026-03-01 12:01',
      severity: undefined,
    })
  })

  it('says that it is over by now, where the news is that it began', () => {
    const { title, text } = write({ alert: resolvedAlert(), isOver: false })
    expect(title).toContain('【严重】')
    expect(text).toMatch(/2026-03-01 12:00 – 2026-03-01 12:01$/)
  })

  it('puts what holds before what is over, the worst first, then the oldest', () => {
    const { text, title } = write(
      { alert: resolvedAlert({ facts: { provider: 'a', minutes: 1 } }), isOver: true },
      { alert: firingAlert({ facts: { provider: 'b', minutes: 1 }, severity: 'info' }), isOver: false },
      { alert: firingAlert({ facts: { provider: 'c', minutes: 1 }, firstAt: minute(5) }), isOver: false },
      { alert: firingAlert({ facts: { provider: 'd', minutes: 1 } }), isOver: false },
    )
    expect([...text.matchAll(/^【.*】(\w) /gm)].map(([, provider]) => provider)).toEqual(['d', 'c', 'b', 'a'])
    expect(title).toBe('【严重】d 已 1 分钟没有应答 等 4 条')
  })

  it('names no more than people read', () => {
    const many = Array.from({ length: 25 }, () => ({ alert: firingAlert(), isOver: false }))
    const { text, title } = write(...many)
    expect(text.match(/【严重】/g)).toHaveLength(20)
    expect(text).toContain('另有 5 条')
    expect(title).toContain('等 25 条')
  })
})
