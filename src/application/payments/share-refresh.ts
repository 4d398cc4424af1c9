import type { RefreshPayment } from './refresh-payment.ts'

/**
 * Asks about one payment at most once at a time, however many want to know. Whoever comes while a question is under
 * way waits for it, and where it changed nothing shares a second one: the first may have left before what the caller
 * knows of happened.
 */
export const shareRefresh = (refresh: RefreshPayment): RefreshPayment => {
  const underWay = new Map<string, ReturnType<RefreshPayment>>()
  const start: RefreshPayment = (payment) => {
    const asked = refresh(payment).finally(() => underWay.delete(payment.id))
    underWay.set(payment.id, asked)
    return asked
  }
  return async (payment) => {
    const earlier = underWay.get(payment.id)
    if (earlier === undefined) return start(payment)
    const answer = await earlier
    if (answer.isErr() || answer.value.changed) return answer
    return underWay.get(payment.id) ?? start(payment)
  }
}
