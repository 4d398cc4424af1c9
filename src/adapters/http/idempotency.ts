import { createHash } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import type { KeyUse } from '../../application/idempotency/idempotency-keys.ts'
import { type Answer, problemAnswer } from './answer.ts'
import type { Context } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { text } from './language.ts'
import { type ApiError, invalidField } from './problem.ts'

/** Longer than any request takes; after a crash the key is free again when it ends. */
const LEASE_MS = 30_000
const KEY = /^[ -~]{1,255}$/

/** The request's `Idempotency-Key`, if it brings one. */
export const idempotencyKeyOf = (ctx: Context): Result<string | undefined, ApiError> => {
  const given = ctx.req.headersDistinct['idempotency-key']
  if (given === undefined) return ok(undefined)
  const [key, ...others] = given
  return key !== undefined && others.length === 0 && KEY.test(key) ? ok(key) : err(BAD_KEY)
}

const BAD_KEY = invalidField(
  'Idempotency-Key',
  text('须为 1–255 个可打印 ASCII 字符', '1–255 printable ASCII characters'),
)

export const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

/** Does the work once for a key: a repeat gets the first answer, and one that died goes on under the same id. */
export const answerOnce = async (
  deps: Pick<HttpDeps, 'idempotencyKeys' | 'ids' | 'clock' | 'log'>,
  ctx: Context,
  use: KeyUse,
  work: (resourceId: string) => Promise<Answer>,
): Promise<Answer> => {
  const { idempotencyKeys, clock } = deps
  const claim = await idempotencyKeys.claim(use, deps.ids.entity(), clock.now(), LEASE_MS)
  switch (claim.state) {
    case 'answered':
      return { ...claim.answer, headers: { 'Idempotent-Replayed': 'true' } }
    case 'in_use':
      return problemAnswer(ctx, { code: 'IDEMPOTENCY_KEY_IN_USE' })
    case 'reused':
      return problemAnswer(ctx, { code: 'IDEMPOTENCY_KEY_REUSED' })
    case 'claimed':
      return answerFirst(deps, use, () => work(claim.resourceId))
  }
}

const answerFirst = async (
  { idempotencyKeys, clock, log }: Pick<HttpDeps, 'idempotencyKeys' | 'clock' | 'log'>,
  use: KeyUse,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  let answer: Answer | undefined
  try {
    answer = await work()
  } finally {
    if (answer === undefined || isPassing(answer.status))
      await idempotencyKeys.release(use).catch((error: unknown) => {
        log.warn({ err: error }, 'an idempotency key was not given back; its lease will end')
      })
  }
  if (!isPassing(answer.status))
    await idempotencyKeys.complete(use, { status: answer.status, body: answer.body }, clock.now())
  return answer
}

/** An answer that says nothing about the next try. */
const isPassing = (status: number): boolean => status >= 500 || status === 429
