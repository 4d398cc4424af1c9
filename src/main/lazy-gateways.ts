import type { FullGateway, Gateways } from '../application/payments/payment-gateway.ts'
import type { GatewayIdentity, Provider } from '../domain/payment.ts'

export type NamedGateway = { readonly provider: Provider; readonly identity: GatewayIdentity }

/** Gateways that are made when one of them is asked something: what asks nothing need not load what signs. */
export const lazyGateways = (named: readonly NamedGateway[], load: () => Promise<Gateways>): Gateways => {
  let loading: Promise<Gateways> | undefined
  const loaded = (): Promise<Gateways> => (loading ??= load())
  const made = new Map(named.map((one) => [one.provider, lazyGateway(one, loaded)]))
  return { configured: named.map(({ provider }) => provider), find: (provider) => made.get(provider) }
}

const lazyGateway = ({ provider, identity }: NamedGateway, load: () => Promise<Gateways>): FullGateway => {
  const real = async (): Promise<FullGateway> => {
    const gateway = (await load()).find(provider)
    if (gateway === undefined) throw new Error(`${provider} is configured, and not there`)
    return gateway
  }
  return {
    provider,
    identity,
    credentialsVersion: '', // Belongs to attempts, and none is made here.
    notifyUrl: '',
    refundRules: { mostRefunds: undefined, gapMs: 0 },
    fundFlow: undefined,
    create: async (trade) => (await real()).create(trade),
    query: async (outTradeNo) => (await real()).query(outTradeNo),
    readNotification: async (raw, receivedAt) => (await real()).readNotification(raw, receivedAt),
    close: async (outTradeNo) => (await real()).close(outTradeNo),
    refund: async (order) => (await real()).refund(order),
    queryRefund: async (order) => (await real()).queryRefund(order),
    downloadBill: async (day) => (await real()).downloadBill(day),
  }
}
