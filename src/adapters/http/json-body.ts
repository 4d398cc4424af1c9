import type { IncomingMessage } from 'node:http'
import { err, ok, type Result } from 'neverthrow'
import { getRawBody } from 'raw-body'
import { text } from './language.ts'
import { type ApiError, invalidField } from './problem.ts'
import { parseStrictJson } from './strict-json.ts'

export const MAX_BODY_BYTES = 65_536

export type JsonBody = { readonly value: unknown; readonly bytes: Uint8Array }

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads one JSON body, strictly; the bytes are kept as they came. */
export const readJsonBody = async (request: IncomingMessage): Promise<Result<JsonBody, ApiError>> => {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!JSON_TYPE.test(type) || encoding !== 'identity') return err({ code: 'UNSUPPORTED_MEDIA_TYPE' })
  const bytes = await readBytes(request)
  if (bytes.isErr()) return err(bytes.error)
  let source: string
  try {
    source = UTF8.decode(bytes.value)
  } catch {
    return err(invalidField('', text('不是有效的 UTF-8', 'not valid UTF-8')))
  }
  return parseStrictJson(source).map((value) => ({ value, bytes: bytes.value }))
}

/** The whole body, if it is not larger than any body we take and comes to its end. */
export const readBytes = async (request: IncomingMessage): Promise<Result<Uint8Array, ApiError>> => {
  try {
    return ok(await getRawBody(request, { limit: MAX_BODY_BYTES, length: request.headers['content-length'] ?? null }))
  } catch (error) {
    const type = error instanceof Error && 'type' in error ? error.type : undefined
    request.resume() // What is still to come is let by, else the connection's next request would never be read.
    if (type === 'entity.too.large') return err({ code: 'PAYLOAD_TOO_LARGE' })
    if (request.readableAborted || type === 'request.size.invalid') return err(CUT_SHORT)
    throw error
  }
}

/** Nobody is left to read this answer; the request just must not go on. */
const CUT_SHORT = invalidField('', text('请求体不完整', 'the body ended early'))
