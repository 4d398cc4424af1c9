import type { Finding } from '../../domain/doctor.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'

type Deps = { readonly gateways: Gateways; readonly ids: Ids; readonly clock: Clock }

/** Asks each gateway about an order that does not exist: it changes nothing, and only a merchant it knows is answered. */
export const gatewayFindings = ({ gateways, ids, clock }: Deps): Promise<readonly Finding[]> =>
  Promise.all(
    gateways.configured
      .filter((provider) => provider !== 'points')
      .map(async (provider): Promise<Finding> => {
        const startedMs = clock.monotonicMs()
        const answer = await gateways.find(provider)?.query(ids.outTradeNo(clock.now()))
        const ms = Math.round(clock.monotonicMs() - startedMs)
        const about = { check: 'gateways', subject: provider } as const
        if (answer === undefined || answer.isOk())
          return { ...about, level: 'ok', code: 'gateway_accepts', facts: { provider, ms } }
        const { error } = answer
        if (error.code === 'GATEWAY_UNAVAILABLE') return unanswered(provider, error.reason)
        const gatewayCode = error.code === 'GATEWAY_REJECTED' ? error.gatewayCode : error.code
        return { ...about, level: 'problem', code: 'gateway_refuses', facts: { provider, gatewayCode } }
      }),
  )

/** An answer that came and proves nothing is told apart from none. */
const UNPROVEN = /signature|unsigned|certificate|platform key/

const unanswered = (provider: Provider, reason: string): Finding => ({
  check: 'gateways',
  subject: provider,
  level: 'problem',
  code: UNPROVEN.test(reason) ? 'gateway_unproven' : 'gateway_silent',
  facts: { provider, reason },
})

/** What time it is at a gateway, as its answers say. */
export interface GatewayClocks {
  readonly providers: readonly Provider[]
  /** How far the gateway is ahead of us, or why that is not known. */
  aheadMs(provider: Provider): Promise<{ readonly ms: number } | { readonly reason: string }>
}

const OFF_SECONDS = 30
/** WeChat Pay's callbacks are refused from 300 s on; here is time left to mend it. */
const WRONG_SECONDS = 120

/** Whether our clock is theirs: a callback that seems too old is refused. */
export const clockFindings = (clocks: GatewayClocks): Promise<readonly Finding[]> =>
  Promise.all(
    clocks.providers.map(async (provider): Promise<Finding> => {
      const ahead = await clocks.aheadMs(provider)
      const about = { check: 'clock', subject: provider } as const
      if ('reason' in ahead)
        return { ...about, level: 'unknown', code: 'clock_unknown', facts: { provider, reason: ahead.reason } }
      const seconds = Math.round(ahead.ms / 1000)
      const facts = { provider, seconds }
      if (Math.abs(seconds) <= OFF_SECONDS) return { ...about, level: 'ok', code: 'clock_right', facts }
      return { ...about, level: Math.abs(seconds) > WRONG_SECONDS ? 'problem' : 'warning', code: 'clock_off', facts }
    }),
  )
