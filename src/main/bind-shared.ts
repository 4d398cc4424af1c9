import type { Container } from 'inversify'
import { findOrder } from '../application/orders/find-order.ts'
import type { Readers } from '../application/transaction.ts'
import type { Settings } from './config.ts'
import type { Shared } from './shared.ts'
import { tokens } from './tokens.ts'

const FAILURES_SECONDS = 15 * 60

/** What this process shares with others, where there is something that connects them. */
export const bindShared = (container: Container, shared: Shared): void => {
  container.bind(tokens.shared).toConstantValue(shared)
  container.bind(tokens.orderFeed).toConstantValue(shared.orderFeed)
  container.bind(tokens.productCache).toConstantValue(shared.productCache)
  container.bind(tokens.limits).toResolvedValue(
    (settings: Settings) => ({
      paymentsPerUser: shared.limiter('payments-per-user', settings.RATE_LIMIT_PAYMENTS_PER_USER),
      paymentsPerIp: shared.limiter('payments-per-ip', settings.RATE_LIMIT_PAYMENTS_PER_IP),
      ordersPerUser: shared.limiter('orders-per-user', settings.RATE_LIMIT_ORDERS_PER_USER),
      ordersPerIp: shared.limiter('orders-per-ip', settings.RATE_LIMIT_ORDERS_PER_IP),
      codeFailuresPerUser: shared.limiter('code-failures-per-user', failures(10)),
      codeFailuresPerIp: shared.limiter('code-failures-per-ip', failures(100)),
      returnsPerOrder: shared.limiter('returns-per-order', { points: 30, durationSeconds: 60 }),
      returnsPerIp: shared.limiter('returns-per-ip', { points: 120, durationSeconds: 60 }),
      signInFailuresPerDevice: shared.limiter('sign-in-failures-per-device', failures(10)),
      signInFailuresPerName: shared.limiter('sign-in-failures-per-name', failures(10)),
      signInFailuresPerIp: shared.limiter('sign-in-failures-per-ip', failures(50)),
      signInFailuresOfStrangers: shared.limiter('sign-in-failures-of-strangers', failures(300)),
    }),
    [tokens.settings],
  )
  container
    .bind(tokens.findOrder)
    .toResolvedValue(
      ({ orders }: Readers) => findOrder({ readers: { orders: shared.ordersShown(orders) } }),
      [tokens.readers],
    )
  container
    .bind(tokens.lookAround)
    .toResolvedValue(({ orders }: Readers) => shared.lookAround(orders), [tokens.readers])
}

const failures = (points: number) => ({ points, durationSeconds: FAILURES_SECONDS })
