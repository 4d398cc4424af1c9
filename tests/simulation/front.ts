import type { Container } from 'inversify'
import type { Result } from 'neverthrow'
import { type Answer } from '../../src/adapters/http/answer.ts'
import type { Context } from '../../src/adapters/http/context.ts'
import { answerOnce } from '../../src/adapters/http/idempotency.ts'
import { ACKNOWLEDGEMENTS, gatewayAnswer } from '../../src/adapters/http/notify-answer.ts'
import { PROBLEMS } from '../../src/adapters/http/problem.ts'
import { createLogger } from '../../src/adapters/telemetry/logger.ts'
import type { GatewayNotification, RawNotification } from '../../src/application/payments/payment-gateway.ts'
import { StoreUnavailable } from '../../src/application/transaction.ts'
import type { Provider } from '../../src/domain/payment.ts'
import { tokens } from '../../src/main/tokens.ts'
import type { Instance } from './instance.ts'
import type { KeptPromises } from './kept-promises.ts'
import { reportUnexpected, type World } from './world.ts'

/** A client's request: what it is called in the trace, who asks, and what the route does. */
export type Request<T> = {
  readonly who: string
  readonly what: string
  /** With one, a repeat gets the first answer. */
  readonly idempotencyKey?: string
  readonly handle: (container: Container, resourceId: string) => Promise<Result<T, { readonly code: string }>>
  readonly success?: 200 | 201
  /** What depends on a gateway may be answered otherwise later on, although it was done. */
  readonly mayChangeItsMind?: boolean
}

/** What a client got; nothing where the connection broke or nobody answered in time. */
export type Reply<T> = { readonly status: number; readonly data: T | undefined; readonly code: string | undefined }

const CLIENT_PATIENCE_MS = 30_000
const log = createLogger('silent')

/**
 * What HTTP is in production: takes requests and callbacks to the instance that runs now, and turns outcomes into the
 * same answers with the same code. Whatever leaves with a success is a promise from then on.
 */
export class Front {
  readonly #world: World
  readonly #promises: KeptPromises
  /** The process that listens, if one does. */
  instance: Instance | undefined

  constructor(world: World, promises: KeptPromises) {
    this.#world = world
    this.#promises = promises
  }

  async request<T>(asked: Request<T>): Promise<Reply<T> | undefined> {
    const { who, what, idempotencyKey, handle, success = 200, mayChangeItsMind = idempotencyKey === undefined } = asked
    const { timeline, chance, trace, faults, clock } = this.#world
    await timeline.sleep(chance.between(1, 50))
    const { instance } = this
    if (instance === undefined) return this.#nobody(who, what)
    const work = async (resourceId: string): Promise<Answer> => {
      if (idempotencyKey !== undefined) this.#promises.oneEffect(`${who} ${idempotencyKey}`, resourceId)
      const result = await handle(instance.container, resourceId)
      if (result.isOk() && !mayChangeItsMind) this.#promises.succeeded(`${who} ${idempotencyKey}`)
      return result.isOk() ? jsonAnswer(success, { data: result.value }) : problem(result.error.code)
    }
    const deps = { ...depsOf(instance.container), clock, log }
    const use = { caller: `user:${who}`, route: what.split(' ')[0] ?? '', key: idempotencyKey ?? '', requestHash: what }
    const answered = idempotencyKey === undefined ? work(deps.ids.entity()) : answerOnce(deps, CONTEXT, use, work)
    const answer = await Promise.race([this.#safely(who, what, answered), timeline.sleep(CLIENT_PATIENCE_MS)])
    if (answer === undefined || !instance.isAlive) return this.#nobody(who, what)
    const reply = JSON.parse(answer.body) as Omit<Reply<T>, 'status'> // Written by this function's own `jsonAnswer`.
    if (idempotencyKey !== undefined) this.#promises.sameAnswer(`${who} ${idempotencyKey}`, answer)
    trace.add(who, what, `${answer.status} ${reply.code ?? ''}`.trim())
    if (faults.strikes('client_gone')) return undefined
    await timeline.sleep(chance.between(1, 50))
    return { ...reply, status: answer.status }
  }

  /** Somebody has the page of an order open for a while. */
  follow(orderId: string, forMs: number): void {
    const unfollow = this.instance?.container.get(tokens.orderWatcher).follow(orderId)
    if (unfollow !== undefined) this.#world.timeline.after(forMs, unfollow)
  }

  /** A gateway's message arrives; `undefined` where nobody answers. */
  async notify(
    provider: Provider,
    raw: RawNotification,
    about: GatewayNotification,
  ): Promise<{ readonly status: number; readonly body: string } | undefined> {
    const { timeline, chance, trace } = this.#world
    await timeline.sleep(chance.between(1, 50))
    const { instance } = this
    if (instance === undefined) return undefined
    const handle = instance.container.get(tokens.handleNotification)
    const what = `callback ${about.notificationId.slice(-12)}`
    const handling = handle(provider, raw).then(({ verdict }) => {
      if (verdict === 'not_configured') throw new Error(`${provider} is configured`)
      const { status, body } = gatewayAnswer(provider, ACKNOWLEDGEMENTS[verdict])
      return { status, body, headers: {}, verdict }
    })
    const answer = await this.#safely(provider, what, handling)
    if (!instance.isAlive) return undefined
    const verdict = 'verdict' in answer ? answer.verdict : 'not booked'
    trace.add(provider, what, `${answer.status} ${verdict}`)
    if (answer.status < 300) this.#promises.acknowledged(provider, about)
    await timeline.sleep(chance.between(1, 50))
    return { status: answer.status, body: answer.body }
  }

  /** The store being away is an answer. */
  async #safely<A extends Answer>(who: string, what: string, answered: Promise<A>): Promise<A | Answer> {
    try {
      return await answered
    } catch (error) {
      reportUnexpected(this.#world, `${who} ${what}`, error)
      return problem(error instanceof StoreUnavailable ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR')
    }
  }

  #nobody(who: string, what: string): undefined {
    this.#world.trace.add(who, what, 'no answer')
    return undefined
  }
}

const depsOf = (container: Container) => ({
  idempotencyKeys: container.get(tokens.store).idempotencyKeys,
  ids: container.get(tokens.ids),
})

const jsonAnswer = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body), headers: {} })

const problem = (code: string): Answer =>
  jsonAnswer(code in PROBLEMS ? PROBLEMS[code as keyof typeof PROBLEMS].status : 400, { code }) // Asked by `in` just before.

/** The little that the idempotency of the HTTP adapter reads of a request. */
const CONTEXT = { state: { language: 'zh', requestId: 'simulated', logged: {} } } as unknown as Context
