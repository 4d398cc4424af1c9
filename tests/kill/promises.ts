import { setTimeout as sleep } from 'node:timers/promises'
import { call, type Json } from '../wire/payer.ts'
import type { Stage } from './world.ts'

export type Request = { readonly path: string; readonly key: string; readonly user: string; readonly body: object }
export type Answer = { readonly status: number; readonly json: Json }

/** A client that is told to come again does so for a quarter of a minute. */
const MOST_TRIES = 30
const PAUSE_MS = 500

type Claim = { readonly said: string; readonly found: string; readonly values: readonly (string | number)[] }

/** What a program has promised by its answers, and what it was asked and never answered. */
export class Promises {
  readonly #world: Stage
  readonly #answered: () => void
  readonly #claims: Claim[] = []
  #unanswered: Request[] = []

  constructor(world: Stage, answered: () => void) {
    this.#world = world
    this.#answered = answered
  }

  /** Asks, under the request's own key; a request that gets no answer, or is told to come again, is kept for a second try. */
  async ask(request: Request): Promise<Answer> {
    const { path, key, user, body } = request
    try {
      const headers = { 'idempotency-key': key }
      const answer = await call(this.#world, path, { token: await this.#world.token(user), headers, body })
      this.#answered()
      if (answer.status >= 500) this.#unanswered.push(request)
      return answer
    } catch (error) {
      this.#unanswered.push(request)
      throw error
    }
  }

  async look(path: string, user: string): Promise<Answer> {
    const answer = await call(this.#world, path, { token: await this.#world.token(user) })
    this.#answered()
    return answer
  }

  /** An answer that stays true: from now on `select … from` finds exactly one row. */
  claim(said: string, found: string, ...values: Claim['values']): void {
    this.#claims.push({ said, found, values })
  }

  /** Those that do not hold any more, and callbacks that were acknowledged and are not on the books. */
  async broken(): Promise<readonly string[]> {
    const broken: string[] = []
    for (const { said, found, values } of [...this.#claims, ...acknowledged(this.#world)]) {
      const rows = await this.#world.books.rows(`select 1 from ${found}`, ...values)
      if (rows.length !== 1) broken.push(said)
    }
    return broken
  }

  /** Everyone without an answer asks again with the same key; gives the answers that are neither a success nor a plain no. */
  async askAgain(): Promise<readonly string[]> {
    const requests = this.#unanswered
    this.#unanswered = []
    const odd: string[] = []
    for (const request of requests) {
      const { status, json } = await this.#insist(request)
      if (![200, 201, 404, 409].includes(status)) odd.push(`${request.path} ${status} ${JSON.stringify(json)}`)
    }
    this.#unanswered = []
    return odd
  }

  /** Does as it is told by 503, which a store says that is short of breath: asks once more, in a moment. */
  async #insist(request: Request): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.ask(request)
      if (answer.status !== 503 || tries === MOST_TRIES) return answer
      await sleep(PAUSE_MS)
    }
  }
}

const acknowledged = ({ sandbox }: Stage): readonly Claim[] =>
  [...sandbox.wechat.trades(), ...sandbox.alipay.trades()]
    .filter(({ callbacks }) => callbacks.some((attempt) => 'status' in attempt && [200, 204].includes(attempt.status)))
    .map(({ outTradeNo }) => ({
      said: `acknowledged ${outTradeNo}`,
      found: 'payments where out_trade_no = ? and paid_at is not null',
      values: [outTradeNo],
    }))
