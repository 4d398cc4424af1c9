import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentOf, startMailReceiver } from '../support/mail-receiver.ts'
import { startRobotReceiver } from '../support/robot-receiver.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import { call, deliver, eventually, genuine } from './payer.ts'

let mail: Awaited<ReturnType<typeof startMailReceiver>>
let robot: Awaited<ReturnType<typeof startRobotReceiver>>
let running: RunningHere
let token: string
beforeAll(async () => {
  mail = await startMailReceiver()
  robot = await startRobotReceiver()
  running = await startRunning({
    settings: {
      SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      ALERT_EMAIL_TO: 'boss@example.cn',
      ALERT_WEBHOOK_URL: `${robot.origin}/robot/send?access_token=t`,
    },
  })
  token = await running.token('boss', true)
})
afterAll(async () => {
  await running.stop()
  await mail.stop()
  await robot.stop()
})

const said = (): readonly string[] => robot.calls.map(({ body }) => JSON.parse(body).text.content)
const alerts = async () => (await call(running, '/admin/alerts', { token })).json.data
/** Once the news is queued, lets its time come. */
const untilQueued = async (count: number): Promise<void> => {
  const [{ id }] = await alerts()
  const { alertDeliveries } = running.store.readers
  await eventually(
    () => alertDeliveries.listByAlert(id),
    (queued) => queued.length === count,
  )
}

describe('money for an order nobody knows', () => {
  it('is told by mail and to the robot, with what to do', async () => {
    await deliver(running, 'wechat', genuine(running, 'wechat', 'P20200101NOBODY', 9900))
    expect(await alerts()).toMatchObject([
      {
        rule: 'incident_opened',
        severity: 'warning',
        status: 'firing',
        title: { zh: '微信支付 收到一笔找不到订单的钱' },
        facts: { kind: 'unknown_order', outTradeNo: 'P20200101NOBODY' },
      },
    ])
    await untilQueued(2)
    running.clock.advance(60_000)
    await eventually(
      async () => mail.mails.length + robot.calls.length,
      (count) => count === 2,
    )
    expect(mail.mails.map((one) => [one.to, contentOf(one).subject])).toEqual([
      [['boss@example.cn'], '【注意】微信支付 收到一笔找不到订单的钱'],
    ])
    expect(said()).toMatchObject([expect.stringContaining('请在商户平台核实来源')])
  })

  it('is told to be over once a person has settled the incident', async () => {
    const [{ id, facts }] = await alerts()
    const path = `/admin/incidents/${facts.incidentId}/resolve`
    await call(running, path, { token, body: { note: '已在商户平台退款' } })
    expect(await alerts()).toMatchObject([{ id, status: 'resolved' }])
    await untilQueued(4)
    running.clock.advance(5 * 60_000)
    await eventually(
      async () => mail.mails.length + robot.calls.length,
      (count) => count === 4,
    )
    expect(said()[1]).toContain('【已恢复】微信支付 收到一笔找不到订单的钱')
  })
})
