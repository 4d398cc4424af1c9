import { checkActivity } from './check-activity.ts'
import { checkCallbackDelay, checkFailingCallbacks, checkMissingCallbacks } from './check-callbacks.ts'
import { checkCertificates } from './check-certificates.ts'
import { checkPaymentFailures, checkPaymentSuccess, checkStuckPayments } from './check-payments.ts'
import { checkRefundSuccess, checkStuckRefunds } from './check-refunds.ts'
import { checkErrors, checkGatewayErrors, checkGatewayGone, checkJobs, checkWebhooks } from './check-service.ts'
import { checkStock } from './check-stock.ts'
import type { Checks } from './check.ts'

/** How each rule with a threshold is checked. The others are raised where it happens. */
export const CHECKS: Checks = {
  payment_failure_rate: checkPaymentFailures,
  payment_success_rate: checkPaymentSuccess,
  callback_delay: checkCallbackDelay,
  callbacks_failing: checkFailingCallbacks,
  callbacks_missing: checkMissingCallbacks,
  payments_stuck: checkStuckPayments,
  refund_success_rate: checkRefundSuccess,
  refunds_stuck: checkStuckRefunds,
  error_rate: checkErrors,
  gateway_errors: checkGatewayErrors,
  gateway_unavailable: checkGatewayGone,
  jobs_behind: checkJobs,
  certificate_expiring: checkCertificates,
  webhook_parked: checkWebhooks,
  low_stock: checkStock,
  unusual_activity: checkActivity,
}
