import { describe, expect, it } from 'vitest'
import { FLAPPING_MS } from '../../../src/domain/alert.ts'
import { ALERT_RETRY_GAPS_MS } from '../../../src/domain/alert-delivery.ts'
import { alertDesk, DOWN } from './alert-desk.ts'

const HOUR = 3600
const FLAPPING = FLAPPING_MS / 1000
const titles = (desk: ReturnType<typeof alertDesk>) => desk.sent.map(({ title }) => title)

describe('news of alerts', () => {
  it('goes to every channel that the settings name', async () => {
    const desk = alertDesk({ channels: ['email', 'robot'] })
    await desk.raise('wechat')
    await desk.pass(60)
    expect(desk.sent.map(({ channel, title }) => `${channel} ${title}`).toSorted()).toEqual([
      'email 【注意】微信支付 已 5 分钟没有应答',
      'robot 【注意】微信支付 已 5 分钟没有应答',
    ])
    expect(await desk.statuses()).toEqual(['email raised sent', 'robot raised sent'])
    await desk.pass(9999)
    expect(desk.sent).toHaveLength(2)
  })

  it('is not made where there is no channel', async () => {
    const desk = alertDesk({ channels: [] })
    await desk.raise('wechat')
    expect(await desk.statuses()).toEqual([])
  })

  it('of one minute is one message, the worst first', async () => {
    const desk = alertDesk()
    await desk.raise('wechat', 'info')
    await desk.pass(20)
    await desk.raise('alipay', 'warning')
    await desk.pass(39)
    expect(desk.sent).toEqual([])
    await desk.pass(1)
    expect(titles(desk)).toEqual(['【注意】支付宝 已 5 分钟没有应答 等 2 条'])
    expect(desk.sent[0]?.severity).toBe('warning')
    await desk.pass(60)
    expect(desk.sent).toHaveLength(1)
  })

  it('that is critical waits for seconds only, and takes along what waits', async () => {
    const desk = alertDesk()
    await desk.raise('wechat', 'warning')
    await desk.raise('alipay', 'critical')
    await desk.pass(4)
    expect(desk.sent).toEqual([])
    await desk.pass(1)
    expect(titles(desk)).toEqual(['【严重】支付宝 已 5 分钟没有应答 等 2 条'])
  })

  it('goes where it costs money only while it is critical and holds', async () => {
    const desk = alertDesk({ channels: ['sms', 'email'] })
    await desk.raise('wechat', 'warning')
    await desk.pass(60)
    await desk.raise('alipay', 'critical')
    await desk.pass(5)
    await desk.resolve('alipay')
    await desk.pass(FLAPPING)
    await desk.raise('points', 'critical')
    await desk.resolve('points')
    await desk.pass(FLAPPING)
    const texts = desk.sent.filter(({ channel }) => channel === 'sms')
    expect(texts.map(({ title, brief, count }) => [title, brief, count])).toEqual([
      ['【严重】支付宝 已 5 分钟没有应答', '渠道无应答', 1],
    ])
    expect((await desk.statuses()).filter((status) => status.startsWith('sms')).toSorted()).toEqual([
      'sms raised dropped',
      'sms raised dropped',
      'sms raised sent',
      'sms resolved dropped',
      'sms resolved dropped',
    ])
  })

  it('is never more than robots take, twenty messages a minute, however much goes wrong', async () => {
    const desk = alertDesk()
    const perMinute: number[] = []
    for (let n = 0; n < 180; n += 1) {
      await desk.raise(`provider ${n}`, 'critical')
      await desk.pass(1)
      if (n % 60 === 59) perMinute.push(desk.sent.splice(0).length)
    }
    await desk.pass(60)
    expect(perMinute.every((count) => count > 0 && count <= 20)).toBe(true)
    expect((await desk.statuses()).every((status) => status === 'email raised sent')).toBe(true)
  })

  it('tells that it is over, once it can no longer come back as the same', async () => {
    const desk = alertDesk()
    await desk.raise('wechat')
    await desk.pass(60)
    await desk.resolve('wechat')
    await desk.pass(FLAPPING - 1)
    expect(desk.sent).toHaveLength(1)
    await desk.pass(1)
    expect(titles(desk)[1]).toBe('【已恢复】微信支付 已 5 分钟没有应答')
    expect(desk.sent[1]?.severity).toBeUndefined()
  })

  it('says nothing of what was over for a moment', async () => {
    const desk = alertDesk()
    await desk.raise('wechat')
    await desk.pass(60)
    for (let n = 0; n < 5; n += 1) {
      await desk.resolve('wechat')
      await desk.pass(FLAPPING - 10)
      await desk.raise('wechat')
      await desk.pass(20)
    }
    expect(titles(desk)).toHaveLength(1)
    expect(new Set(await desk.statuses())).toEqual(new Set(['email raised sent', 'email resolved dropped']))
  })

  it('tells once of an alert that began and ended before anybody was told', async () => {
    const desk = alertDesk({ quietHours: '11:00-18:00' })
    await desk.raise('wechat')
    await desk.pass(60)
    await desk.resolve('wechat')
    await desk.pass(HOUR)
    expect(desk.sent).toEqual([])
    await desk.pass(5 * HOUR)
    expect(titles(desk)).toEqual(['【已恢复】微信支付 已 5 分钟没有应答'])
  })
})

describe('quiet hours', () => {
  it('hold back all but what is critical, and end with one message', async () => {
    const desk = alertDesk({ quietHours: '11:00-18:00' })
    await desk.raise('wechat')
    await desk.pass(60)
    await desk.raise('alipay', 'critical')
    await desk.pass(5)
    expect(titles(desk)).toEqual(['【严重】支付宝 已 5 分钟没有应答'])
    await desk.resolve('alipay')
    await desk.pass(FLAPPING)
    expect(desk.sent).toHaveLength(1)
    await desk.pass(6 * HOUR)
    expect(titles(desk)[1]).toBe('【注意】微信支付 已 5 分钟没有应答 等 2 条')
    expect(desk.sent[1]?.text).toContain('【已恢复】支付宝')
  })

  it('let through what has become critical meanwhile', async () => {
    const desk = alertDesk({ quietHours: '11:00-18:00' })
    await desk.raise('wechat', 'warning')
    await desk.pass(60)
    expect(desk.sent).toEqual([])
    await desk.raise('wechat', 'critical')
    await desk.pass(5)
    expect(titles(desk)).toEqual(['【严重】微信支付 已 5 分钟没有应答'])
  })
})

describe('a channel that does not take it', () => {
  it('is tried again later and later, holds up no other, and is given up after a day', async () => {
    const desk = alertDesk({ channels: ['email', 'robot'] })
    desk.script.answer = async (channel) => (channel === 'robot' ? DOWN : { type: 'accepted' })
    await desk.raise('wechat')
    await desk.pass(60)
    expect(await desk.statuses()).toEqual(['email raised sent', 'robot raised due'])
    expect(desk.troubles).toEqual([{ code: 'ALERT_NOT_SENT', channel: 'robot', reason: 'HTTP 503', isParked: false }])
    for (const gap of ALERT_RETRY_GAPS_MS) await desk.pass((gap / 1000) * 1.1)
    expect(await desk.statuses()).toEqual(['email raised sent', 'robot raised parked'])
    expect(desk.sent.filter(({ channel }) => channel === 'robot')).toHaveLength(ALERT_RETRY_GAPS_MS.length + 1)
    expect(desk.troubles.at(-1)).toMatchObject({ isParked: true })
    await desk.pass(48 * HOUR)
    expect(desk.sent).toHaveLength(ALERT_RETRY_GAPS_MS.length + 2)
  })

  it('counts as not tried where we are stopping, and is tried again when the lease is over', async () => {
    const desk = alertDesk()
    desk.script.answer = async () => ({ type: 'interrupted' })
    await desk.raise('wechat')
    await desk.pass(60)
    expect([desk.troubles, await desk.statuses()]).toEqual([[], ['email raised due']])
    desk.script.answer = async () => ({ type: 'accepted' })
    await desk.pass(60)
    expect(desk.sent).toHaveLength(1)
    await desk.pass(60)
    expect(await desk.statuses()).toEqual(['email raised sent'])
  })

  it('is forgotten where the settings name it no more', async () => {
    const desk = alertDesk({ channels: ['email', 'robot'] })
    await desk.raise('wechat')
    desk.clock.advance(60_000)
    await desk.deliverWith(['email'])
    expect(await desk.statuses()).toEqual(['email raised sent', 'robot raised dropped'])
  })

  it('is not sent what another process is sending', async () => {
    const desk = alertDesk()
    await desk.raise('wechat')
    desk.clock.advance(60_000)
    const { promise, resolve } = Promise.withResolvers<{ readonly type: 'accepted' }>()
    desk.script.answer = () => promise
    const first = desk.deliver()
    await desk.deliver()
    await desk.pass(59)
    resolve({ type: 'accepted' })
    await first
    expect(desk.sent).toHaveLength(1)
    expect(await desk.statuses()).toEqual(['email raised sent'])
  })
})
