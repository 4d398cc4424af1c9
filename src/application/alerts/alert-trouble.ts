import type { ThresholdRule } from '../../domain/alert-thresholds.ts'
import type { NotSent } from './deliver-alerts.ts'

/** What an engineer should hear of: people were not told, or nobody could look whether they should be. */
export type AlertTrouble =
  | NotSent
  | { readonly code: 'RULE_UNCHECKED'; readonly rule: ThresholdRule; readonly error: unknown }
