import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import { keepActivity } from '../application/alerts/activity.ts'
import { CHECKS } from '../application/alerts/checks/checks.ts'
import { evaluateAlerts } from '../application/alerts/evaluate-alerts.ts'
import type { Clock } from '../application/clock.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { Settings } from './config.ts'
import type { Resources } from './container.ts'
import { tokens } from './tokens.ts'

type Given = Pick<Resources, 'activity' | 'certificates' | 'alertTrouble'>

/** Looks whether anything is wrong that nobody has told. */
export const bindAlertRules = (container: Container, { activity: tally, certificates, alertTrouble }: Given): void => {
  container.bind(tokens.activity).toConstantValue(tally)
  container
    .bind(tokens.keepActivity)
    .toResolvedValue(({ alerting }: Store) => keepActivity({ tally, activity: alerting.activity }), [tokens.store])
  container.bind(tokens.evaluateAlerts).toResolvedValue(
    ({ transaction, readers, alerting, statistics }: Store, clock: Clock, gateways: Gateways, settings: Settings) =>
      evaluateAlerts({
        transaction,
        readers,
        alerting,
        statistics,
        clock,
        providers: gateways.configured,
        certificates,
        thresholds: settings.ALERT_THRESHOLDS,
        checks: CHECKS,
        report: (rule, error) => alertTrouble({ code: 'RULE_UNCHECKED', rule, error }),
      }),
    [tokens.store, tokens.clock, tokens.gateways, tokens.settings],
  )
}
