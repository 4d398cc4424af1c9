import { createHmac } from 'node:crypto'
import type { Robot } from './robot.ts'
import { codeIn, robotText } from './robot-text.ts'

const MAX_BYTES = 15_000

/** A Feishu group robot (飞书): with a secret, the body carries the time and its signature. */
export const feishu = (secret: string | undefined): Robot => ({
  kind: 'feishu',
  request: (url, message) => ({
    url,
    body: {
      ...(secret !== undefined && signature(secret, message.at)),
      msg_type: 'text',
      content: { text: robotText(message, MAX_BYTES) },
    },
  }),
  refusal(answer) {
    // `StatusCode` is what older robots say.
    const code = codeIn(answer, 'code', 'StatusCode')
    return code === 0 ? undefined : `code ${code ?? 'missing'}`
  },
})

/** Feishu signs nothing, with the time and the secret together as the key. */
const signature = (secret: string, at: Date) => {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') }
}
