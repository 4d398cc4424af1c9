import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTencentSmsSender, type TencentSmsOptions } from '../../../src/adapters/alerts/tencent-sms-sender.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { alertSenderContract, MESSAGE } from '../../contracts/alert-sender-contract.ts'
import { minute } from '../../support/builders.ts'
import { SMS_KEYS, startSmsReceiver } from '../../support/sms-receiver.ts'

const TO = ['+8613800138000', '+8613900139000']
const ACCEPTED = { type: 'accepted' }

const senderTo = (port: number, given: Partial<TencentSmsOptions> = {}) => {
  const clock = fixedClock({ at: minute(0) })
  const { quota } = createMemoryStore().alerting
  const options = { ...SMS_KEYS, appId: '1400006666', sign: '收银', templateId: '1110', to: TO, dailyLimit: 20 }
  const sender = createTencentSmsSender(
    { ...options, endpoint: `http://127.0.0.1:${port}`, ...given },
    { quota, clock },
  )
  return { ...sender, clock }
}

alertSenderContract('The sender of text messages', {
  async receiver() {
    const receiver = await startSmsReceiver()
    return {
      port: Number(new URL(receiver.origin).port),
      taken: () => receiver.taken.length,
      behave(how) {
        receiver.script.code = () => 'LimitExceeded.PhoneNumberDailyLimit'
        if (how === 'silent') receiver.robot.reply = () => 'silence'
        if (how === 'failing') receiver.robot.reply = () => ({ status: 503, body: '{"Response":{}}' })
      },
      stop: () => receiver.stop(),
    }
  },
  sender: (port, timeoutMs) => senderTo(port, { timeoutMs }),
})

describe('a text message', () => {
  let receiver: Awaited<ReturnType<typeof startSmsReceiver>>
  const sender = (given: Partial<TencentSmsOptions> = {}) => senderTo(Number(new URL(receiver.origin).port), given)
  beforeEach(async () => {
    receiver = await startSmsReceiver()
  })
  afterEach(() => receiver.stop())

  it('says in a few characters what it is and how many, to everybody at once', async () => {
    expect(await sender().send(MESSAGE)).toEqual(ACCEPTED)
    expect(receiver.taken).toEqual([
      {
        PhoneNumberSet: TO,
        SmsSdkAppId: '1400006666',
        SignName: '收银',
        TemplateId: '1110',
        TemplateParamSet: ['渠道无应答', '2'],
      },
    ])
  })

  it('is refused where it is signed with another key, without telling the key', async () => {
    const answer = await sender({ secretKey: 'other' }).send(MESSAGE)
    expect(answer).toEqual({ type: 'refused', reason: 'AuthFailure SignatureFailure' })
    expect(receiver.taken).toEqual([])
  })

  it('counts as sent where one of its numbers gets it', async () => {
    receiver.script.code = (number) => (number === TO[0] ? 'FailedOperation.PhoneNumberInBlacklist' : 'Ok')
    expect(await sender().send(MESSAGE)).toEqual(ACCEPTED)
  })

  it('is not sent above the limit of a day in Shanghai, and is the day after', async () => {
    const limited = sender({ dailyLimit: 5 })
    const send = () => limited.send(MESSAGE)
    expect([await send(), await send()]).toEqual([ACCEPTED, ACCEPTED])
    expect(await send()).toEqual({ type: 'refused', reason: 'DAILY_LIMIT' })
    expect(receiver.calls).toHaveLength(2)
    limited.clock.advance(12 * 3_600_000)
    expect(await send()).toEqual(ACCEPTED)
  })

  it('that was refused costs nothing of the limit, and one that nobody answered does', async () => {
    const limited = sender({ dailyLimit: 4, timeoutMs: 2000 })
    const send = () => limited.send(MESSAGE)
    receiver.script.code = () => 'FailedOperation.InsufficientBalanceInSmsPackage'
    for (let n = 0; n < 5; n += 1) expect(await send()).toMatchObject({ reason: expect.stringMatching(/Balance/) })
    receiver.robot.reply = () => ({ status: 502, body: '' })
    expect([await send(), await send()]).toMatchObject([{ reason: 'HTTP 502' }, { reason: 'HTTP 502' }])
    expect(await send()).toEqual({ type: 'refused', reason: 'DAILY_LIMIT' })
  })

  it('is refused where the answer says nothing of it', async () => {
    receiver.robot.reply = () => ({ body: '{"Response":{"RequestId":"r"}}' })
    expect(await sender().send(MESSAGE)).toEqual({ type: 'refused', reason: 'NO_STATUS' })
    receiver.robot.reply = () => ({ body: '<html>' })
    expect(await sender().send(MESSAGE)).toMatchObject({ type: 'refused' })
  })
})
