import { err, ok, type Result } from 'neverthrow'

/**
 * Decoded once, one character for each byte: a signature is over the bytes of the message's own charset, and whatever
 * we read of it is ASCII, so nothing here needs to know that charset.
 */
export type NotificationForm = ReadonlyMap<string, string>

const MAX_BYTES = 65_536
const MAX_FIELDS = 200 // Alipay sends about thirty; anybody may send anything.

const NAME = /^[a-z][a-z0-9_]*$/
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/

/** Reads a notification's body, whatever its content type says; stricter than a form parser wherever those differ. */
export const parseForm = (body: Uint8Array): Result<NotificationForm, string> => {
  if (body.byteLength > MAX_BYTES) return err('too large')
  const form = new Map<string, string>()
  if (body.byteLength === 0) return ok(form)
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    if (equals === -1) return err('a field without a value')
    const name = pair.slice(0, equals)
    const value = pair.slice(equals + 1)
    if (!NAME.test(name)) return err('a field with an unusual name')
    if (form.has(name)) return err('a repeated field')
    if (BROKEN_ESCAPE.test(value)) return err('a broken percent escape')
    if (form.size === MAX_FIELDS) return err('too many fields')
    form.set(name, decodeOnce(value))
  }
  return ok(form)
}

const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20

const decodeOnce = (value: string): string => {
  const bytes = Buffer.from(value, 'latin1')
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === PERCENT) {
      bytes[length] = Number.parseInt(value.slice(at + 1, at + 3), 16)
      at += 2
    } else bytes[length] = byte === PLUS ? SPACE : byte
    length += 1
  }
  return bytes.toString('latin1', 0, length)
}
