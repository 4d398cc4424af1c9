import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { ImportBillError } from '../../application/reconciliation/import-bill.ts'
import { formatOfFile } from '../../application/reconciliation/bill-format.ts'
import { nameOf } from './access.ts'
import { type Answer, sendAnswer, sendProblem } from './answer.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf } from './envelope.ts'
import { answerOnce, idempotencyKeyOf } from './idempotency.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import { type ApiError, invalidField } from './problem.ts'
import { readCall } from './read-call.ts'
import { BILLING_PROVIDERS, dayField, runJson, runSchema } from './reconciliation-json.ts'
import { requestError } from './reconciliation-problem.ts'
import { admitted, type Route } from './route.ts'

export const IMPORT_PATH = `${API}/admin/reconciliations/import`

const MAX_BILL_BYTES = 512 * 1024 * 1024
const query = z.strictObject({ provider: z.enum(BILLING_PROVIDERS), date: dayField })

/** Takes a bill's file that an operator has, of any size up to half a gigabyte; it goes to the store as it comes. */
export const importRoute = (deps: HttpDeps, mostBytes = MAX_BILL_BYTES): Route => ({
  method: 'POST',
  path: IMPORT_PATH,
  doc: {
    summary: '导入一天的账单文件并核对；请求体是文件本身（application/octet-stream），同一文件再次导入会被认出',
    tag: '管理',
    query,
    idempotent: true,
    answers: { 202: { description: '已收到', type: 'application/json', schema: dataOf(runSchema) } },
    problems: ['PROVIDER_NOT_CONFIGURED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE'],
  },
  permission: 'reconciliation.run',
  ...admitted('admin', async (ctx, caller) => {
    const call = await readCall(ctx, { query })
    if (call.isErr()) return sendProblem(ctx, call.error)
    if (!isPlainFile(ctx.req)) return sendProblem(ctx, { code: 'UNSUPPORTED_MEDIA_TYPE' })
    const key = idempotencyKeyOf(ctx)
    if (key.isErr()) return sendProblem(ctx, key.error)
    const { provider, date: day } = call.value.query
    const upload = new Upload(ctx.req, mostBytes)
    const first = await upload.first()
    if (first === undefined) return sendProblem(ctx, EMPTY)
    const format = formatOfFile(provider, first)
    const received = await deps.receiveImport({ provider, day, format, content: upload })
    await upload.letBy()
    if (upload.isTooLarge) return sendProblem(ctx, { code: 'PAYLOAD_TOO_LARGE' })
    if (received.isErr()) return sendProblem(ctx, importError(received.error))
    const operator = operatorOf({ ...ctx.state, caller })
    const file = received.value
    let isWanted = false
    const work = async (runId: string): Promise<Answer> => {
      isWanted = true
      const run = await deps.reconcileWith(await file.keep(), runId, operator)
      return run.match(
        (begun) => ({ status: 202, body: JSON.stringify({ data: runJson(begun) }), headers: {} }),
        (impossible: never) => impossible,
      )
    }
    // The file itself is what has to be the same again.
    const requestHash = `${file.sha256} ${provider} ${day}`
    const use = { caller: nameOf(caller), route: `POST ${IMPORT_PATH}`, requestHash }
    const answer = await (key.value === undefined
      ? work(deps.ids.entity())
      : answerOnce(deps, ctx, { ...use, key: key.value }, work))
    if (!isWanted) await file.drop() // Another file has this key, or this one was answered before.
    sendAnswer(ctx, answer)
  }),
})

const isPlainFile = ({ headers }: IncomingMessage): boolean =>
  /^application\/octet-stream\s*$/i.test(headers['content-type'] ?? '') &&
  (headers['content-encoding'] ?? 'identity') === 'identity'

const EMPTY: ApiError = invalidField('', text('文件是空的', 'the file is empty'))

const importError = (error: ImportBillError): ApiError => {
  switch (error.code) {
    case 'BILL_BROKEN_OFF':
    case 'BILL_HASH_DIFFERS':
      return invalidField('', text('文件没有传完整', 'the file did not come whole'))
    case 'PROVIDER_NOT_CONFIGURED':
    case 'DAY_IN_FUTURE':
      return requestError(error)
  }
}

/** The body as it comes; one that is larger than any bill breaks off. */
class Upload implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage
  readonly #chunks: AsyncIterator<unknown>
  readonly #mostBytes: number
  #first: Uint8Array | undefined
  #bytes = 0
  isTooLarge = false

  constructor(request: IncomingMessage, mostBytes: number) {
    this.#request = request
    this.#mostBytes = mostBytes
    this.#chunks = request.iterator({ destroyOnReturn: false })
  }

  /** What nobody has read would hold up the connection, and it does not flow while somebody might still read it. */
  async letBy(): Promise<void> {
    await this.#chunks.return?.()
    this.#request.resume()
  }

  /** Looked at before the rest, and part of the whole all the same. */
  async first(): Promise<Uint8Array | undefined> {
    try {
      this.#first = await this.#next()
    } catch {
      return undefined // Too much at once, or nothing any more; the route tells which.
    }
    return this.#first
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (let chunk = this.#first; chunk !== undefined; chunk = await this.#next()) yield chunk
  }

  async #next(): Promise<Uint8Array | undefined> {
    // Not before the next one is asked for: the very first is looked at outside of what may break off.
    if (this.isTooLarge) throw new Error('the file is too large')
    const { value, done } = await this.#chunks.next()
    if (done === true) return undefined
    if (!(value instanceof Uint8Array)) throw new TypeError('a body without encoding comes as bytes')
    this.#bytes += value.length
    this.isTooLarge = this.#bytes > this.#mostBytes
    return value
  }
}
