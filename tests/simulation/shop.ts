import type { Container } from 'inversify'
import { ok, type Result } from 'neverthrow'
import type { Operator } from '../../src/application/catalogue/maintain-catalogue.ts'
import type { Versioned } from '../../src/application/versioned.ts'
import type { Fen } from '../../src/domain/money.ts'
import { METHODS, type PaymentMethod, type Provider } from '../../src/domain/payment.ts'
import type { Refund } from '../../src/domain/refund.ts'
import { tokens } from '../../src/main/tokens.ts'
import type { Front, Reply } from './front.ts'
import type { KeptPromises } from './kept-promises.ts'

type Line = { readonly productId: string; readonly quantity: number }
type Coded = { readonly code: string }

/** How a repeated request is known to be the same. */
export type RefundAsk = { readonly refundNo: string | undefined; readonly idempotencyKey: string | undefined }

/** An operator as the audit trail knows one. */
export const OPERATOR: Operator = { actor: 'operator-1', requestId: 'simulated', ip: '192.0.2.1' }

/** The routes of the service as a shop and its customers use them, each success with what it promises. */
export class Shop {
  readonly #front: Front
  readonly #promises: KeptPromises

  constructor(front: Front, promises: KeptPromises) {
    this.#front = front
    this.#promises = promises
  }

  async order(
    who: string,
    idempotencyKey: string,
    items: readonly Line[],
  ): Promise<Reply<{ readonly id: string; readonly amount: number }> | undefined> {
    const what = `order ${items.map(({ productId, quantity }) => `${quantity}×${productId.slice(-1)}`).join('+')}`
    const handle = async (container: Container, orderId: string) =>
      this.#promised(
        await container.get(tokens.createOrder)({ orderId, userId: who, items }),
        ({ value: { id, amount } }) => {
          this.#promises.promise(
            `order ${id}`,
            'select 1 from orders where id = ? and user_id = ? and amount_fen = ?',
            id,
            who,
            amount,
          )
          return { id, amount }
        },
      )
    return this.#front.request({ who, what, idempotencyKey, handle, success: 201 })
  }

  async pay(
    who: string,
    provider: Provider,
    orderId: string,
    idempotencyKey?: string,
  ): Promise<Reply<{ readonly outTradeNo: string; readonly status: string }> | undefined> {
    const method: PaymentMethod = METHODS[provider][0]
    const nothing = {
      amount: undefined,
      subject: undefined,
      openid: undefined,
      returnUrl: undefined,
      clientIp: undefined,
    }
    const input = { viewer: { kind: 'user', userId: who }, orderId, provider, method, ...nothing } as const
    const handle = async (container: Container, paymentId: string) =>
      this.#promised(await container.get(tokens.createPayment)({ ...input, paymentId }), ({ payment: { value } }) => {
        const { outTradeNo, status, id } = value
        this.#promises.promise(
          `payment ${id}`,
          'select 1 from payments where id = ? and out_trade_no = ?',
          id,
          outTradeNo,
        )
        if (status === 'paid') this.#paid(orderId, outTradeNo)
        return { outTradeNo, status }
      })
    const key = idempotencyKey === undefined ? {} : { idempotencyKey, mayChangeItsMind: provider !== 'points' }
    return this.#front.request({ who, what: `pay:${provider} ${orderId.slice(-4)}`, ...key, handle, success: 201 })
  }

  async query(
    who: string,
    provider: Provider,
    orderId: string,
  ): Promise<Reply<{ readonly status: string }> | undefined> {
    const handle = async (container: Container) =>
      this.#promised(
        await container.get(tokens.queryPayment)({ kind: 'user', userId: who }, provider, orderId),
        ({ payment, order }) => {
          if ('transactionId' in payment.value) this.#paid(orderId, payment.value.outTradeNo)
          return { status: order.value.status }
        },
      )
    return this.#front.request({ who, what: `query:${provider} ${orderId.slice(-4)}`, handle })
  }

  async close(who: string, provider: Provider, orderId: string): Promise<void> {
    const handle = async (container: Container) =>
      this.#promised(
        await container.get(tokens.closePayment)({ kind: 'user', userId: who }, provider, orderId),
        ({ payment }) => {
          const { id, status } = payment.value
          this.#promises.promise(
            `closed ${id}`,
            `select 1 from events where type in ('payment.closed', 'payment.failed') and data like ?`,
            `%${id}%`,
          )
          return { status }
        },
      )
    await this.#front.request({ who, what: `close:${provider} ${orderId.slice(-4)}`, handle })
  }

  async cancel(who: string, orderId: string): Promise<void> {
    const handle = async (container: Container) =>
      this.#promised(await container.get(tokens.cancelOrder)({ kind: 'user', userId: who }, orderId), ({ value }) => {
        this.#promises.promise(
          `cancelled ${orderId}`,
          `select 1 from events where stream = ? and type = 'order.cancelled'`,
          orderId,
        )
        return { status: value.status }
      })
    await this.#front.request({ who, what: `cancel ${orderId.slice(-4)}`, handle })
  }

  async look(who: string, orderId: string): Promise<string | undefined> {
    const handle = async (container: Container) =>
      (await container.get(tokens.findOrder)({ kind: 'user', userId: who }, orderId)).map(({ value }) => ({
        status: value.status,
      }))
    return (await this.#front.request({ who, what: `look ${orderId.slice(-4)}`, handle }))?.data?.status
  }

  watch(orderId: string, forMs: number): void {
    this.#front.follow(orderId, forMs)
  }

  async codesOf(who: string, orderId: string): Promise<readonly string[]> {
    const handle = async (container: Container): Promise<Result<readonly string[], Coded>> =>
      ok((await container.get(tokens.readers).accessCodes.listByOrder(orderId)).map(({ text }) => text))
    return (await this.#front.request({ who, what: `codes ${orderId.slice(-4)}`, handle }))?.data ?? []
  }

  async activate(who: string, typed: string): Promise<void> {
    const handle = async (container: Container) =>
      this.#promised(await container.get(tokens.activateCode)({ typed, userId: who }), ({ id, expiresAt }) => {
        // What it followed on may be taken back with a refund: then it moves up with all its days.
        const sql = `select 1 from entitlements where id = ? and user_id = ? and (expires_at = ? or exists
          (select 1 from events where type = 'access.moved' and data like '%' || entitlements.id || '%'))`
        this.#promises.promise(`access ${id}`, sql, id, who, expiresAt.getTime())
        return { expiresAt }
      })
    await this.#front.request({ who, what: `activate ${typed.slice(-4)}`, handle })
  }

  async adjust(idempotencyKey: string, sku: string, delta: number): Promise<void> {
    const handle = async (container: Container, entryId: string) =>
      this.#promised(
        await container.get(tokens.adjustInventory)({ entryId, sku, delta, reason: 'counted' }, OPERATOR),
        ({ onHand }) => {
          this.#promises.promise(
            `adjusted ${entryId}`,
            'select 1 from stock_entries where id = ? and delta = ?',
            entryId,
            delta,
          )
          return { onHand }
        },
      )
    await this.#front.request({
      who: OPERATOR.actor,
      what: `adjust ${sku} ${delta}`,
      idempotencyKey,
      handle,
      success: 201,
    })
  }

  async revoke(codeId: string): Promise<void> {
    const handle = async (container: Container) =>
      this.#promised(await container.get(tokens.revokeCode)(codeId, OPERATOR), ({ id, status }) => {
        this.#promises.promise(`revoked ${id}`, `select 1 from access_codes where id = ? and status = 'revoked'`, id)
        return { status }
      })
    await this.#front.request({ who: OPERATOR.actor, what: `revoke ${codeId.slice(-4)}`, handle })
  }

  async refund(who: string, provider: Provider, orderId: string, amount: Fen, ask: RefundAsk): Promise<void> {
    const { idempotencyKey, refundNo } = ask
    const fixed = {
      requester: { kind: 'user', userId: who },
      provider,
      orderId,
      amount,
      reason: '不想要了',
      refundNo,
    } as const
    const handle = async (container: Container, resourceId: string) =>
      this.#promised(await container.get(tokens.requestRefund)({ ...fixed, resourceId }), (refund) =>
        this.#refundTold(refund),
      )
    const key = idempotencyKey === undefined ? {} : { idempotencyKey }
    const what = `refund:${provider} ${orderId.slice(-4)} ${amount}`
    await this.#front.request({ who, what, ...key, handle, success: 201 })
  }

  /** What an operator decides about a refund. */
  async decide(refundNo: string, decision: 'approve' | 'reject' | 'retry', idempotencyKey: string): Promise<void> {
    const operator = { ...OPERATOR, reason: 'looked into' }
    const handle = async (container: Container, actionId: string) => {
      const decide = { approve: approveIn, reject: rejectIn, retry: retryIn }[decision](container)
      return this.#promised<Versioned<Refund>, unknown>(await decide({ refundNo, actionId, operator }), (refund) =>
        this.#refundTold(refund),
      )
    }
    await this.#front.request({
      who: OPERATOR.actor,
      what: `${decision} ${refundNo.slice(-6)}`,
      idempotencyKey,
      handle,
    })
  }

  async lookAtRefund(who: string, refundNo: string): Promise<void> {
    const handle = async (container: Container) =>
      this.#promised(await container.get(tokens.findRefund)({ userId: who, isOperator: true }, refundNo), (refund) =>
        this.#refundTold(refund),
      )
    await this.#front.request({ who, what: `look at ${refundNo.slice(-6)}`, handle })
  }

  #refundTold({ value: { refundNo, amount, status } }: Versioned<Refund>) {
    this.#promises.promise(
      `refund ${refundNo}`,
      'select 1 from refunds where refund_no = ? and amount_fen = ?',
      refundNo,
      amount,
    )
    const sql = 'select 1 from refunds where refund_no = ? and status = ?'
    if (status === 'success') this.#promises.promise(`refunded ${refundNo}`, sql, refundNo, status)
    return { refundNo, status }
  }

  /** What was said to be paid has its receipt for ever (I04). */
  #paid(orderId: string, outTradeNo: string): void {
    const sql = 'select 1 from payment_transactions where order_id = ? and out_trade_no = ?'
    this.#promises.promise(`paid ${outTradeNo}`, sql, orderId, outTradeNo)
  }

  #promised<T, U>(result: Result<T, Coded>, promise: (value: T) => U): Result<U, Coded> {
    return result.map(promise)
  }
}

const approveIn = (container: Container) => container.get(tokens.approveRefund)
const rejectIn = (container: Container) => container.get(tokens.rejectRefund)
const retryIn = (container: Container) => container.get(tokens.retryRefund)
