import { createHash } from 'node:crypto'
import { Agent, request } from 'undici'
import type { AlertAnswer, AlertSender } from '../../application/alerts/alert-sender.ts'
import type { Robot, RobotRequest } from './robot.ts'
import { type RobotSecrets, robotFor } from './robot-for.ts'
import { ATTEMPT_MS, withinTime } from './within-time.ts'

type Options = RobotSecrets & { readonly url: string; readonly timeoutMs?: number }

const MAX_ANSWER_BYTES = 65_536

/** Sends to a group robot or any other address that takes JSON; follows no redirect. `close` breaks off what is under way. */
export const createRobotAlertSender = (options: Options): AlertSender & { close(): Promise<void> } => {
  const { url, timeoutMs = ATTEMPT_MS } = options
  const robot = robotFor(url, options)
  // One deadline rules; these would each count on their own.
  const agent = new Agent({ connections: 1, connect: { timeout: timeoutMs }, headersTimeout: 0, bodyTimeout: 0 })
  const closing = new AbortController()
  return {
    channel: `${robot.kind}-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`,
    send: (message) =>
      withinTime({ timeoutMs, closing: closing.signal }, (signal) =>
        post(robot, robot.request(url, message), { dispatcher: agent, signal }),
      ),
    async close() {
      closing.abort()
      if (!agent.destroyed) await agent.destroy()
    },
  }
}

const post = async (
  robot: Robot,
  { url, body: sent }: RobotRequest,
  connection: { readonly dispatcher: Agent; readonly signal: AbortSignal },
): Promise<AlertAnswer> => {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Shouyin-Alerts',
    'accept-encoding': 'identity', // A packed answer could unpack without bound.
  }
  const { statusCode, body } = await request(url, {
    ...connection,
    method: 'POST',
    headers,
    body: JSON.stringify(sent),
  })
  const answer = await textOf(body)
  if (statusCode < 200 || statusCode >= 300) return { type: 'refused', reason: `HTTP ${statusCode}` }
  const reason = robot.refusal(parsed(answer))
  return reason === undefined ? { type: 'accepted' } : { type: 'refused', reason }
}

/** The beginning, as far as an answer may reach; the rest is not even received. */
const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    parts.push(part)
    size += part.length
    if (size >= MAX_ANSWER_BYTES) break // Which ends the connection.
  }
  return Buffer.concat(parts).toString('utf8')
}

/** What is not JSON is nothing a robot says. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
