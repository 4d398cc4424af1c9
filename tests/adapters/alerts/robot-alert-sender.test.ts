import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRobotAlertSender } from '../../../src/adapters/alerts/robot-alert-sender.ts'
import { alertSenderContract, MESSAGE } from '../../contracts/alert-sender-contract.ts'
import { startRobotReceiver } from '../../support/robot-receiver.ts'

const ROBOTS = {
  DingTalk: ['/robot/send?access_token=s3cret', '{"errcode":310000,"errmsg":"sign not match s3cret"}'],
  WeCom: ['/cgi-bin/webhook/send?key=s3cret', '{"errcode":93000,"errmsg":"invalid webhook url"}'],
  Feishu: ['/open-apis/bot/v2/hook/s3cret', '{"code":19021,"msg":"sign match fail"}'],
  'any other webhook': ['/hooks/s3cret', undefined],
} as const

for (const [name, [path, refusal]] of Object.entries(ROBOTS))
  alertSenderContract(`The sender to ${name}`, {
    async receiver() {
      const receiver = await startRobotReceiver()
      const state = { taken: 0 }
      const accept = receiver.script.reply
      receiver.script.reply = (call) => {
        state.taken += 1
        return accept(call)
      }
      return {
        port: Number(new URL(receiver.origin).port),
        taken: () => state.taken,
        behave(how) {
          receiver.script.reply = () => {
            if (how === 'silent') return 'silence'
            return how === 'refusing' && refusal !== undefined
              ? { body: refusal }
              : { status: 503, body: '{"errcode":0}' }
          }
        },
        stop: () => receiver.stop(),
      }
    },
    sender: (port, timeoutMs) => createRobotAlertSender({ url: `http://127.0.0.1:${port}${path}`, timeoutMs }),
  })

describe('what a robot gets', () => {
  let receiver: Awaited<ReturnType<typeof startRobotReceiver>>
  const accept = () => ({ body: '{"errcode":0,"code":0}' })
  beforeAll(async () => {
    receiver = await startRobotReceiver()
  })
  beforeEach(() => {
    receiver.calls.length = 0
    receiver.script.reply = accept
  })
  afterAll(() => receiver.stop())
  const send = async (path: string, options: object = {}, message = MESSAGE) => {
    const sender = createRobotAlertSender({ url: `${receiver.origin}${path}`, ...options })
    const answer = await sender.send(message)
    await sender.close()
    const [call] = receiver.calls
    if (call === undefined) throw new Error('nothing came')
    return { answer, url: call.url, json: JSON.parse(call.body) }
  }
  const content = `收银告警\n${MESSAGE.text}`

  it('is text, signed in the address for DingTalk', async () => {
    const { url, json } = await send('/robot/send?access_token=t', { dingtalkSecret: 'SEC0' })
    expect(json).toEqual({ msgtype: 'text', text: { content } })
    const timestamp = String(MESSAGE.at.getTime())
    // As DingTalk has it: the time and the secret are signed with the secret.
    const sign = createHmac('sha256', 'SEC0').update(`${timestamp}\nSEC0`, 'utf8').digest('base64')
    expect([...url.searchParams]).toEqual([
      ['access_token', 't'],
      ['timestamp', timestamp],
      ['sign', sign],
    ])
    expect(url.search).toContain(`sign=${encodeURIComponent(sign)}`)
  })

  it('is text, signed in the body for Feishu', async () => {
    const { json } = await send('/open-apis/bot/v2/hook/t', { feishuSecret: 'SEC0' })
    const timestamp = String(MESSAGE.at.getTime() / 1000)
    // As Feishu has it: nothing is signed, with the time and the secret as the key.
    const sign = createHmac('sha256', `${timestamp}\nSEC0`).update('').digest('base64')
    expect(json).toEqual({ timestamp, sign, msg_type: 'text', content: { text: content } })
  })

  it('is not signed where there is no secret', async () => {
    expect([...(await send('/robot/send?access_token=t')).url.searchParams.keys()]).toEqual(['access_token'])
    receiver.calls.length = 0
    expect((await send('/open-apis/bot/v2/hook/t')).json).toEqual({ msg_type: 'text', content: { text: content } })
  })

  it('is text for WeCom, cut between lines where it is longer than WeCom takes', async () => {
    expect((await send('/cgi-bin/webhook/send?key=k')).json).toEqual({ msgtype: 'text', text: { content } })
    receiver.calls.length = 0
    const lines = Array.from({ length: 100 }, (_, n) => `${n} ${'警'.repeat(20)}`)
    const { json } = await send('/cgi-bin/webhook/send?key=k', {}, { ...MESSAGE, text: lines.join('\n') })
    const bytes = Buffer.byteLength(json.text.content)
    expect([bytes <= 2048, bytes > 1900]).toEqual([true, true])
    const kept: string[] = json.text.content.split('\n')
    expect([kept[0], kept.at(-1)]).toEqual(['收银告警', '…'])
    expect(kept.slice(1, -1)).toEqual(lines.slice(0, kept.length - 2))
  })

  it('is cut within its first line where that alone is too long', async () => {
    const { json } = await send('/cgi-bin/webhook/send?key=k', {}, { ...MESSAGE, text: '警'.repeat(900) })
    const [head, line, ...rest] = json.text.content.split('\n')
    expect([head, rest]).toEqual(['收银告警', ['…']])
    expect(line).toMatch(/^警{300,}$/)
    expect(Buffer.byteLength(json.text.content)).toBeLessThanOrEqual(2048)
  })

  it('is a JSON object for any other address', async () => {
    const { json } = await send('/hooks')
    const { title, text, severity, at } = MESSAGE
    expect(json).toEqual({ title, text, severity, at: at.toISOString() })
  })

  it.each([
    ['/robot/send', '{"errcode":310000,"errmsg":"keywords not in content"}', 'errcode 310000'],
    ['/robot/send', '{}', 'errcode missing'],
    ['/robot/send', '<html>', 'errcode missing'],
    ['/cgi-bin/webhook/send', '{"errcode":45009,"errmsg":"api freq out of limit"}', 'errcode 45009'],
    ['/open-apis/bot/v2/hook/t', '{"code":9499,"msg":"Bad Request"}', 'code 9499'],
    ['/open-apis/bot/v2/hook/t', '{"StatusCode":1}', 'code 1'],
    ['/open-apis/bot/v2/hook/t', '[]', 'code missing'],
  ])('counts as refused where %s answers 200 and %s', async (path, body, reason) => {
    receiver.script.reply = () => ({ body })
    expect((await send(path)).answer).toEqual({ type: 'refused', reason })
  })

  it('is taken by a Feishu robot of the older kind', async () => {
    receiver.script.reply = () => ({ body: '{"StatusCode":0,"StatusMessage":"success"}' })
    expect((await send('/open-apis/bot/v2/hook/t')).answer).toEqual({ type: 'accepted' })
  })

  it('follows no redirect', async () => {
    receiver.script.reply = () => ({ status: 307, headers: { location: `${receiver.origin}/robot/send` } })
    expect((await send('/robot/send')).answer).toEqual({ type: 'refused', reason: 'HTTP 307' })
    expect(receiver.calls).toHaveLength(1)
  })

  it('is judged by the beginning of an answer without end', async () => {
    receiver.script.reply = () => ({ body: `{"errcode":0,"x":"${'x'.repeat(200_000)}"}` })
    expect((await send('/robot/send')).answer).toEqual({ type: 'refused', reason: 'errcode missing' })
  })
})
