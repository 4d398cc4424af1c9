import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import { admitAddress } from '../application/risk/admit-address.ts'
import { changeRiskRule, changeRiskThresholds } from '../application/risk/change-settings.ts'
import { forgetDecisions } from '../application/risk/forget-decisions.ts'
import { judgeRisk, type RiskControl } from '../application/risk/judge-risk.ts'
import { putOnBlacklist, takeOffBlacklist } from '../application/risk/maintain-blacklist.ts'
import { noteRefusal } from '../application/risk/refusals.ts'
import { shadowReport } from '../application/risk/shadow-report.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import { tokens } from './tokens.ts'

/** Who is turned away, and by which rules. */
export const bindRisk = (container: Container): void => {
  container.bind(tokens.risk).toResolvedValue(
    ({ transaction, readers }: Store, ids: Ids): RiskControl => ({
      judgeRisk: judgeRisk({ ids }),
      noteRefusal: noteRefusal({ transaction, readers }),
    }),
    [tokens.store, tokens.ids],
  )
  container
    .bind(tokens.admitAddress)
    .toResolvedValue(
      (readers: Readers, clock: Clock, ids: Ids, { noteRefusal: note }: RiskControl) =>
        admitAddress({ readers, clock, ids, noteRefusal: note }),
      [tokens.readers, tokens.clock, tokens.ids, tokens.risk],
    )
  container.bind(tokens.shadowReport).toResolvedValue((readers: Readers) => shadowReport({ readers }), [tokens.readers])
  container
    .bind(tokens.forgetDecisions)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock) => forgetDecisions({ transaction, clock }),
      [tokens.transaction, tokens.clock],
    )
  bindSettings(container)
}

const bindSettings = (container: Container): void => {
  const deps = [tokens.transaction, tokens.clock, tokens.ids] as const
  const bound =
    <T>(make: (parts: { transaction: Transaction; clock: Clock; ids: Ids }) => T) =>
    (transaction: Transaction, clock: Clock, ids: Ids): T =>
      make({ transaction, clock, ids })
  container.bind(tokens.putOnBlacklist).toResolvedValue(bound(putOnBlacklist), [...deps])
  container.bind(tokens.takeOffBlacklist).toResolvedValue(bound(takeOffBlacklist), [...deps])
  container.bind(tokens.changeRiskRule).toResolvedValue(bound(changeRiskRule), [...deps])
  container.bind(tokens.changeRiskThresholds).toResolvedValue(bound(changeRiskThresholds), [...deps])
}
