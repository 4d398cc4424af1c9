import { request } from 'undici'
import type { GatewayClocks } from '../../application/doctor/check-gateways.ts'
import type { Clock } from '../../application/clock.ts'
import type { Provider } from '../../domain/payment.ts'
import { reasonOf } from './network-fault.ts'

type Options = {
  /** Where each gateway is. */
  readonly addresses: Readonly<Partial<Record<Provider, string>>>
  readonly clock: Clock
  readonly timeoutMs: number
}

/** Reads the `Date` of any answer: it is over TLS, and is used for a hint alone. */
export const createGatewayClocks = ({ addresses, clock, timeoutMs }: Options): GatewayClocks => ({
  providers: Object.keys(addresses) as Provider[], // The keys of the very record.
  async aheadMs(provider) {
    const address = addresses[provider]
    if (address === undefined) return { reason: 'not configured' }
    try {
      const askedAt = clock.now().getTime()
      const { headers, body } = await request(address, { method: 'GET', signal: AbortSignal.timeout(timeoutMs) })
      const heardAt = clock.now().getTime()
      await body.dump()
      const at = Date.parse(String(headers['date'] ?? ''))
      // It tells whole seconds, so on the average it is half a second more.
      return Number.isNaN(at) ? { reason: 'no Date' } : { ms: at + 500 - (askedAt + heardAt) / 2 }
    } catch (error) {
      return { reason: reasonOf(error) }
    }
  },
})
