import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperatorRole } from '../../src/domain/operator.ts'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { call, type Gateway, GRANT, type Json, sell } from './payer.ts'
import { becomes, ledgerOf, type Paid, paidOrder, refund } from './refunder.ts'

const PASSWORD = 'seven people wait for a green bus'
const SYSTEM = { actor: 'test', requestId: 'test', ip: undefined }

describe.each<Gateway>(['wechat', 'alipay'])('refunds over %s above FOUR_EYES_ABOVE', (gateway) => {
  let running: RunningHere
  let productId: string
  const people: Record<string, Awaited<ReturnType<typeof signIn>>> = {}
  beforeAll(async () => {
    running = await startRunning({ settings: { FOUR_EYES_ABOVE: '50.00' } })
    productId = await sell(running, GRANT)
    for (const [name, role] of Object.entries({ anna: 'finance', bert: 'finance', curt: 'support' } as const))
      people[name] = await signIn(name, role)
  })
  afterAll(() => running.stop())

  const signIn = async (name: string, role: OperatorRole) => {
    const { container } = running.service
    const chosen = { kind: 'chosen', password: PASSWORD } as const
    const id = container.get(tokens.ids).entity()
    await container.get(tokens.addOperator)(id, { name, displayName: name, role }, chosen, SYSTEM)
    const answer = await fetch(`${running.origin}/api/v1/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password: PASSWORD }),
    })
    const { data }: Json = await answer.json()
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    return { cookie, 'x-csrf-token': String(data.csrfToken) }
  }
  const ask = (who: string, { orderId }: Paid, amount: string, refundNo: string) =>
    call(running, `/payments/${gateway}/refund`, {
      headers: people[who] ?? {},
      body: { orderId, amount, reason: '商品有问题', refundNo },
    })
  const approve = (who: string, refundNo: string, accept = 'zh') =>
    call(running, `/admin/refunds/${refundNo}/approve`, {
      headers: { ...people[who], 'accept-language': accept },
      body: {},
    })

  it('move no money until another person has approved them', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const { status, json } = await ask('anna', paid, '50.01', `${gateway}_large`)
    expect([status, json.data.status, json.data.requestedBy]).toEqual([201, 'pending', 'operator:anna'])
    const alone = await approve('anna', `${gateway}_large`)
    expect([alone.status, alone.json.code]).toEqual([403, 'FORBIDDEN'])
    expect(alone.json.detail).toMatch(/FOUR_EYES_ABOVE.*以外的人/)
    expect((await approve('anna', `${gateway}_large`, 'en')).json.detail).toMatch(/somebody else than who asked/)
    expect((await approve('curt', `${gateway}_large`)).json.detail).toBe('当前身份不能使用此接口。')
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toEqual([])
    expect((await approve('bert', `${gateway}_large`)).status).toBe(200)
    await becomes(running, `${gateway}_large`, paid.token, 'success')
    expect(ledgerOf(running, gateway, paid.outTradeNo).map(({ amount }) => amount)).toEqual([5001])
  })

  it('are the same in parts: the part that goes above it waits', async () => {
    const paid = await paidOrder(running, gateway, productId)
    expect((await ask('anna', paid, '30.00', `${gateway}_part1`)).json.data.status).not.toBe('pending')
    await becomes(running, `${gateway}_part1`, paid.token, 'success')
    expect((await ask('anna', paid, '30.00', `${gateway}_part2`)).json.data.status).toBe('pending')
    expect((await approve('anna', `${gateway}_part2`)).status).toBe(403)
    expect(ledgerOf(running, gateway, paid.outTradeNo).map(({ amount }) => amount)).toEqual([3000])
  })

  it('are sent once when many approve at the same moment', async () => {
    const paid = await paidOrder(running, gateway, productId)
    await ask('anna', paid, '99.00', `${gateway}_raced`)
    const all = await Promise.all(['bert', 'anna', 'bert', 'bert'].map((who) => approve(who, `${gateway}_raced`)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    await becomes(running, `${gateway}_raced`, paid.token, 'success')
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toHaveLength(1)
  })

  it('are a user’s own affair where users ask, and an admin’s token is a person like any other', async () => {
    const paid = await paidOrder(running, gateway, productId)
    expect((await refund(running, gateway, paid, '98.00', `${gateway}_own`)).json.data.status).not.toBe('pending')
    await becomes(running, `${gateway}_own`, paid.token, 'success')
    const other = await paidOrder(running, gateway, productId)
    const token = await running.token('boss', true)
    const asked = await refund(running, gateway, { ...other, token }, '99.00', `${gateway}_token`)
    expect(asked.json.data).toMatchObject({ status: 'pending', requestedBy: 'boss' })
    const alone = await call(running, `/admin/refunds/${gateway}_token/approve`, { token, body: {} })
    expect(alone.status).toBe(403)
    expect((await approve('anna', `${gateway}_token`)).status).toBe(200)
  })
})
