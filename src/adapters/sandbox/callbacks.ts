import type { Background } from './background.ts'
import type { CallbackFault } from './faults.ts'
import { type CallbackAnswer, type CallbackMessage, sendCallback } from './send-callback.ts'

/** One time the gateway called the merchant. */
export type CallbackAttempt = { readonly at: string; readonly url: string } & (
  | { readonly status: number }
  | { readonly error: string }
)

/** One fact to be announced; `content` is what each attempt says, signed afresh. */
export type Delivery<C> = {
  readonly outTradeNo: string
  readonly url: string
  readonly content: C
  readonly attempts: readonly CallbackAttempt[]
  /** Steps of the schedule gone; a doubled sending is one step with two attempts. */
  readonly steps: number
  readonly state: 'pending' | 'accepted' | 'given_up' | 'lost'
  /** Real epoch milliseconds of the next attempt. */
  readonly nextAt: number
}

export type CallbackRules<C> = {
  /** Real milliseconds before each further attempt, counted from the one before. */
  readonly schedule: readonly number[]
  readonly speed: number
  readonly build: (content: C, forged: boolean) => CallbackMessage
  readonly accepts: (answer: CallbackAnswer) => boolean
  readonly now: () => Date
  readonly changed: () => void
  readonly background: Background
}

/** Announces facts to the merchant until it accepts them or the schedule ends. */
export class Callbacks<C> {
  readonly #rules: CallbackRules<C>
  readonly #byTrade = new Map<string, Delivery<C>[]>()

  constructor(rules: CallbackRules<C>) {
    this.#rules = rules
  }

  /** Starts announcing; the promise ends with the first attempt. */
  announce(outTradeNo: string, url: string, content: C, fault: CallbackFault | undefined): Promise<void> {
    const state = fault?.kind === 'never' ? 'lost' : 'pending'
    const wait = fault?.kind === 'late' ? fault.ms : 0
    const slot = this.#keep({ outTradeNo, url, content, attempts: [], steps: 0, state, nextAt: Date.now() + wait })
    return state === 'pending' ? this.#run(slot, fault) : Promise.resolve()
  }

  attempts(outTradeNo: string): readonly CallbackAttempt[] {
    return (this.#byTrade.get(outTradeNo) ?? []).flatMap((delivery) => delivery.attempts)
  }

  snapshot(): readonly Delivery<C>[] {
    return [...this.#byTrade.values()].flat()
  }

  /** Goes on with what an earlier run left. */
  restore(deliveries: readonly Delivery<C>[]): void {
    for (const delivery of deliveries) {
      const slot = this.#keep(delivery)
      if (delivery.state === 'pending') void this.#run(slot, undefined)
    }
  }

  #keep(delivery: Delivery<C>): Slot<C> {
    const list = this.#byTrade.get(delivery.outTradeNo) ?? []
    this.#byTrade.set(delivery.outTradeNo, list)
    const index = list.push(delivery) - 1
    this.#rules.changed()
    return {
      read: () => list[index] ?? delivery,
      write: (next) => {
        list[index] = next
        this.#rules.changed()
      },
    }
  }

  #run(slot: Slot<C>, fault: CallbackFault | undefined): Promise<void> {
    const first = Promise.withResolvers<void>()
    this.#rules.background.run(() => this.#untilAccepted(slot, fault, first.resolve).finally(first.resolve))
    return first.promise
  }

  async #untilAccepted(slot: Slot<C>, fault: CallbackFault | undefined, tried: () => void): Promise<void> {
    let special = fault?.kind
    while (slot.read().state === 'pending') {
      if (!(await this.#rules.background.wait(slot.read().nextAt - Date.now()))) return
      const forged = special === 'forged'
      const copies = special === 'twice' ? 2 : 1
      const accepted = await Promise.all(Array.from({ length: copies }, () => this.#attempt(slot, forged)))
      if (this.#rules.background.stopped.aborted) return
      slot.write(this.#judged(slot.read(), !forged && accepted.includes(true)))
      special = undefined
      tried()
    }
  }

  /** Sends one copy, records how it went, and says whether the merchant took it. */
  async #attempt(slot: Slot<C>, forged: boolean): Promise<boolean> {
    const { url, content } = slot.read()
    const at = this.#rules.now().toISOString()
    const message = this.#rules.build(content, forged)
    const answer = await sendCallback(url, message, this.#rules.background.stopped)
    if (this.#rules.background.stopped.aborted) return false
    const went = 'error' in answer ? { error: answer.error } : { status: answer.status }
    const delivery = slot.read()
    slot.write({ ...delivery, attempts: [...delivery.attempts, { at, url, ...went }] })
    return !('error' in answer) && this.#rules.accepts(answer)
  }

  #judged(delivery: Delivery<C>, accepted: boolean): Delivery<C> {
    if (accepted) return { ...delivery, state: 'accepted' }
    const delay = this.#rules.schedule[delivery.steps]
    if (delay === undefined) return { ...delivery, state: 'given_up' }
    return { ...delivery, steps: delivery.steps + 1, nextAt: Date.now() + delay / this.#rules.speed }
  }
}

type Slot<C> = { readonly read: () => Delivery<C>; readonly write: (next: Delivery<C>) => void }
