import type { Container } from 'inversify'
import { createCanarySeal } from '../adapters/crypto/canary-seal.ts'
import { createHttpCanaryProbe } from '../adapters/doctor/http-canary-probe.ts'
import { withinTime } from '../adapters/doctor/within-time.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { Clock } from '../application/clock.ts'
import { askDoctor } from '../application/doctor/ask-doctor.ts'
import { CANARY_MS, type CanarySeal } from '../application/doctor/canary.ts'
import { type Examine, examine } from '../application/doctor/examine.ts'
import { explainNotification } from '../application/doctor/explain-notification.ts'
import { keepRefusals, refusalTally } from '../application/doctor/keep-refusals.ts'
import type { Ids } from '../application/ids.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Readers } from '../application/transaction.ts'
import type { BrokerParts } from './bind-broker.ts'
import type { Settings } from './config.ts'
import type { Resources } from './container.ts'
import { doctorChecks } from './doctor-checks.ts'
import type { Shared } from './shared.ts'
import { tokens } from './tokens.ts'

/** A caller waits for 60 s at most, and the report has to be kept and sent. */
export const EXAMINATION_MS = 50_000
/** A canary counts for as long before as after its time. */
const ONCE_SECONDS = (2 * CANARY_MS) / 1000 + 1
const CANARIES_A_MINUTE = 120

type Given = Pick<Resources, 'secrets' | 'certificates'>

/** Finds out why callbacks don't arrive. */
export const bindDoctor = (container: Container, { secrets, certificates }: Given): void => {
  bindCallbacks(container, secrets)
  container.bind(tokens.examine).toResolvedValue(
    (
      settings: Settings,
      store: Store,
      gateways: Gateways,
      clock: Clock,
      ids: Ids,
      randomness: Randomness,
      seal: CanarySeal,
      broker: BrokerParts,
      shared: Shared,
    ) => {
      const reached = async () => ({ ...(await broker.checks()), ...(await shared.checks()) })
      const probe = createHttpCanaryProbe({ seal, clock, randomness })
      const parts = { settings, store, gateways, certificates, clock, ids, reached, probe, keyProblems: [] }
      return examine({ checks: doctorChecks(parts), clock, patience: withinTime, limitMs: EXAMINATION_MS })
    },
    [
      tokens.settings,
      tokens.store,
      tokens.gateways,
      tokens.clock,
      tokens.ids,
      tokens.randomness,
      tokens.canarySeal,
      tokens.broker,
      tokens.shared,
    ],
  )
  container
    .bind(tokens.askDoctor)
    .toResolvedValue(
      (look: Examine, { doctor: book, transaction }: Store, clock: Clock, ids: Ids) =>
        askDoctor({ examine: look, book, transaction, clock, ids }),
      [tokens.examine, tokens.store, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.explainNotification)
    .toResolvedValue(
      (readers: Readers, gateways: Gateways) => explainNotification({ readers, gateways }),
      [tokens.readers, tokens.gateways],
    )
}

const bindCallbacks = (container: Container, secrets: Given['secrets']): void => {
  const refusals = refusalTally()
  container
    .bind(tokens.canarySeal)
    .toResolvedValue((clock: Clock) => createCanarySeal({ keys: secrets.encryptionKeys, clock }), [tokens.clock])
  container.bind(tokens.callbackDoctor).toResolvedValue(
    (settings: Settings, { doctor: book }: Store, seal: CanarySeal, shared: Shared) => ({
      canaries: {
        seal,
        once: shared.limiter('canary-nonces', { points: 1, durationSeconds: ONCE_SECONDS }),
        pace: shared.limiter('canaries', { points: CANARIES_A_MINUTE, durationSeconds: 60 }),
      },
      refusals,
      book,
      appIds: settings.ALIPAY_APP_ID === undefined ? {} : { alipay: settings.ALIPAY_APP_ID },
      knownSerials: settings.WECHAT_PAY_PUBLIC_KEY_ID?.split(',') ?? [],
    }),
    [tokens.settings, tokens.store, tokens.canarySeal, tokens.shared],
  )
  container
    .bind(tokens.keepRefusals)
    .toResolvedValue(
      ({ doctor: book }: Store, clock: Clock) => keepRefusals({ tally: refusals, book, clock }),
      [tokens.store, tokens.clock],
    )
}
