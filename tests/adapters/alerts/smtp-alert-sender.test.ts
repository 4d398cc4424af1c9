import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSmtpAlertSender } from '../../../src/adapters/alerts/smtp-alert-sender.ts'
import { alertSenderContract, MESSAGE } from '../../contracts/alert-sender-contract.ts'
import { contentOf, startMailReceiver } from '../../support/mail-receiver.ts'

const TO = ['boss@example.cn', 'night@example.cn']
const from = 'shouyin@example.cn'

alertSenderContract('The SMTP sender', {
  async receiver() {
    const receiver = await startMailReceiver()
    return {
      port: receiver.port,
      taken: () => receiver.mails.length,
      behave(how) {
        receiver.script.reply = (verb) => {
          if (how === 'silent') return ''
          if (how === 'refusing') return verb === 'RCPT' ? '550 no such person' : undefined
          return verb === 'END' ? '451 try again' : undefined
        }
      },
      stop: () => receiver.stop(),
    }
  },
  sender: (port, timeoutMs) =>
    createSmtpAlertSender({ url: `smtp://shop:s3cret@127.0.0.1:${port}`, from, to: TO, timeoutMs }),
})

describe('a mail', () => {
  let receiver: Awaited<ReturnType<typeof startMailReceiver>>
  const senderAs = (login: string) =>
    createSmtpAlertSender({ url: `smtp://${login}127.0.0.1:${receiver.port}`, from, to: TO })
  beforeAll(async () => {
    receiver = await startMailReceiver()
  })
  beforeEach(() => {
    receiver.mails.length = 0
    receiver.logins.length = 0
    receiver.script.reply = () => undefined
  })
  afterAll(() => receiver.stop())

  it('goes to everybody named, as it was written', async () => {
    await senderAs('').send(MESSAGE)
    const [mail] = receiver.mails
    if (mail === undefined) throw new Error('no mail came')
    expect([mail.from, mail.to]).toEqual([from, TO])
    const { subject, text } = contentOf(mail)
    expect(subject).toBe(MESSAGE.title)
    expect(text.trim().replace(/^\.\.$/m, '.')).toBe(MESSAGE.text)
    expect(mail.data).toMatch(/^Auto-Submitted: auto-generated$/m)
    expect(mail.data).toMatch(/^Importance: High$/im)
  })

  it('keeps what is in a title out of its headers', async () => {
    await senderAs('').send({ ...MESSAGE, severity: undefined, title: 'x\r\nBcc: thief@example.cn' })
    expect(receiver.mails[0]?.to).toEqual(TO)
    expect(receiver.mails[0]?.data).not.toMatch(/^(Bcc|Importance: High)/im)
  })

  it('is sent by whom the address names, whatever is in the password', async () => {
    await senderAs('shop%40example.cn:p%40ss%3Aword@').send(MESSAGE)
    expect(receiver.logins).toEqual(['\0shop@example.cn\0p@ss:word'])
    receiver.mails.length = 0
    receiver.logins.length = 0
    await senderAs('').send(MESSAGE)
    expect([receiver.mails.length, receiver.logins]).toEqual([1, []])
  })

  it('says that the password is wrong, and not what it is', async () => {
    receiver.script.reply = (verb, line) => (verb === 'AUTH' ? `535 ${line}` : undefined)
    expect(await senderAs('shop:s3cret@').send(MESSAGE)).toEqual({ type: 'refused', reason: 'EAUTH 535' })
  })

  it('counts as sent where one of its recipients gets it', async () => {
    receiver.script.reply = (verb, line) => (verb === 'RCPT' && line.includes('boss') ? '550 gone' : undefined)
    expect(await senderAs('').send(MESSAGE)).toEqual({ type: 'accepted' })
    expect(receiver.mails[0]?.to).toEqual(['night@example.cn'])
  })
})
