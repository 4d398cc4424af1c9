import { err, ok, type Result } from 'neverthrow'
import type { AlipayVerifier } from './alipay-key.ts'
import { cutAnswer } from './signed-answer.ts'

/** The members of a response that Alipay has signed; unknown until somebody reads them. */
export type VerifiedAnswer = Readonly<Record<string, unknown>>

type AnswerCheck = {
  readonly verifies: AlipayVerifier
  /** In certificate mode: the certificates Alipay may sign with. */
  readonly alipayCertSerials: readonly string[] | undefined
}

/** Takes a body for what Alipay said to `method`, or tells why it proves nothing. */
export const verifyAnswer = (
  body: Buffer,
  method: string,
  { verifies, alipayCertSerials }: AnswerCheck,
): Result<VerifiedAnswer, string> => {
  const cut = cutAnswer(body, `${method.replaceAll('.', '_')}_response`)
  if (cut.isErr()) return err(cut.error)
  const { response, signature, alipayCertSerial: named } = cut.value
  if (signature === undefined) return err('unsigned answer')
  if (alipayCertSerials !== undefined && named !== undefined && !alipayCertSerials.includes(named))
    return err('answer signed with another Alipay certificate than the configured one')
  if (!verifies(response, signature)) return err('answer with a wrong signature')
  return parseObject(response.toString('utf8'))
}

/** A text member; undefined where it is absent, empty or no text. */
export const textOf = (answer: VerifiedAnswer, name: string): string | undefined => {
  const value = answer[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const parseObject = (text: string): Result<VerifiedAnswer, string> => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? ok(value) : err('no object in the answer')
  } catch {
    return err('unreadable answer')
  }
}

const isRecord = (value: unknown): value is VerifiedAnswer =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
