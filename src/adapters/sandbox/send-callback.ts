import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export type CallbackMessage = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
export type CallbackAnswer = { readonly status: number; readonly body: string }

const DEADLINE_MS = 5000
const ANSWER_LIMIT_BYTES = 64 * 1024

/** Posts one callback, follows no redirect, and never leaves this machine. */
export const sendCallback = (
  url: string,
  message: CallbackMessage,
  stopping: AbortSignal,
): Promise<CallbackAnswer | { readonly error: string }> => {
  const target = loopbackUrl(url)
  if (target === undefined) return Promise.resolve({ error: 'not a loopback address: the sandbox calls nobody else' })
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(DEADLINE_MS)])
  return post(target, message, signal).catch((error: unknown) => ({
    error: stopping.aborted ? 'sandbox stopped' : signal.aborted ? 'no answer in time' : reasonOf(error),
  }))
}

const loopbackUrl = (text: string): URL | undefined => {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined
  return LOOPBACK.test(url.hostname) ? url : undefined
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

const post = (url: URL, message: CallbackMessage, signal: AbortSignal): Promise<CallbackAnswer> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const headers = { ...message.headers, 'Content-Length': String(message.body.length) }
    // A connection of its own for each attempt: a kept one that the merchant has just closed would cost an attempt.
    const request = send(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > ANSWER_LIMIT_BYTES) request.destroy(new Error('answer too long'))
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(message.body)
  })

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'failed'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
