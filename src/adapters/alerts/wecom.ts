import type { Robot } from './robot.ts'
import { codeIn, robotText } from './robot-text.ts'

const MAX_BYTES = 2048

/** A WeCom group robot (企业微信): the key in its address is all it asks for. */
export const wecom: Robot = {
  kind: 'wecom',
  request: (url, message) => ({ url, body: { msgtype: 'text', text: { content: robotText(message, MAX_BYTES) } } }),
  refusal(answer) {
    const code = codeIn(answer, 'errcode')
    return code === 0 ? undefined : `errcode ${code ?? 'missing'}`
  },
}
