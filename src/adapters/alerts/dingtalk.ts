import { createHmac } from 'node:crypto'
import type { Robot } from './robot.ts'
import { codeIn, robotText } from './robot-text.ts'

const MAX_BYTES = 15_000

/** A DingTalk group robot (钉钉): with a secret, the time and its signature stand in the address. */
export const dingtalk = (secret: string | undefined): Robot => ({
  kind: 'dingtalk',
  request: (url, message) => ({
    url: secret === undefined ? url : signed(url, secret, message.at),
    body: { msgtype: 'text', text: { content: robotText(message, MAX_BYTES) } },
  }),
  refusal(answer) {
    const code = codeIn(answer, 'errcode')
    return code === 0 ? undefined : `errcode ${code ?? 'missing'}`
  },
})

const signed = (url: string, secret: string, at: Date): string => {
  const timestamp = String(at.getTime())
  const address = new URL(url)
  address.searchParams.set('timestamp', timestamp)
  address.searchParams.set('sign', createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'))
  return address.href
}
