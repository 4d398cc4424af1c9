import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertMessage, AlertSender } from '../../src/application/alerts/alert-sender.ts'
import { freePort } from '../support/free-port.ts'
import { minute } from '../support/builders.ts'

export const MESSAGE: AlertMessage = {
  title: '【严重】微信支付 已 5 分钟没有应答 👀',
  text: '【严重】微信支付 已 5 分钟没有应答\n新的支付暂时无法进行。\n.\n[Critical] WeChat Pay has not answered',
  severity: 'critical',
  brief: '渠道无应答',
  count: 2,
  at: minute(3),
}

/** A receiver on this machine that speaks the protocol of the sender. */
export type ReceiverUnderTest = {
  readonly port: number
  /** The messages it has taken. */
  taken(): number
  /** How it is from now on. */
  behave(how: 'refusing' | 'failing' | 'silent'): void
  stop(): Promise<void>
}

export type SenderUnderTest = AlertSender & { close(): Promise<void> }

type Create = {
  readonly receiver: () => Promise<ReceiverUnderTest>
  /** Its address is to hold the word `s3cret`, where it holds a secret. */
  readonly sender: (port: number, timeoutMs: number) => SenderUnderTest
}

const PATIENT_MS = 20_000

/** What every way to people must do. */
export const alertSenderContract = (name: string, create: Create): void => {
  describe(`${name} keeps the contract of alert senders`, () => {
    let receiver: ReceiverUnderTest
    let senders: SenderUnderTest[] = []
    const senderTo = (port: number, timeoutMs = PATIENT_MS): SenderUnderTest => {
      const sender = create.sender(port, timeoutMs)
      senders.push(sender)
      return sender
    }
    beforeEach(async () => {
      receiver = await create.receiver()
    })
    afterEach(async () => {
      await Promise.all(senders.map((sender) => sender.close()))
      senders = []
      await receiver.stop()
    })

    it('hands over one message', async () => {
      expect(await senderTo(receiver.port).send(MESSAGE)).toEqual({ type: 'accepted' })
      expect(receiver.taken()).toBe(1)
    })

    it('has one name for the same address, which does not give it away', () => {
      const { channel } = senderTo(receiver.port)
      expect(senderTo(receiver.port).channel).toBe(channel)
      expect(channel).toMatch(/^[a-z]+(-[0-9a-f]{8})?$/)
    })

    it.each(['refusing', 'failing'] as const)('tells that a %s receiver did not take it', async (how) => {
      receiver.behave(how)
      const answer = await senderTo(receiver.port).send(MESSAGE)
      expect(answer).toMatchObject({ type: 'refused', reason: expect.stringMatching(/^[\w ]{4,40}$/) })
      expect(receiver.taken()).toBe(0)
    })

    it('does not wait for a silent receiver for ever', async () => {
      receiver.behave('silent')
      expect(await senderTo(receiver.port, 50).send(MESSAGE)).toMatchObject({ type: 'refused' })
    })

    it('tells that nobody is there, without telling where', async () => {
      const answer = await senderTo(await freePort()).send(MESSAGE)
      expect(answer.type).toBe('refused')
      expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|s3cret/)
    })

    it('breaks off when it is closed, and sends nothing after that', async () => {
      receiver.behave('silent')
      const sender = senderTo(receiver.port)
      const sending = sender.send(MESSAGE)
      await sender.close()
      expect(await sending).toEqual({ type: 'interrupted' })
      expect(await sender.send(MESSAGE)).toEqual({ type: 'interrupted' })
    })
  })
}
