import type { Kysely } from 'kysely'
import type { Dialect } from './dialect.ts'
import * as m0001 from './migrations/0001_products.ts'
import * as m0002 from './migrations/0002_products_on_sale.ts'
import * as m0003 from './migrations/0003_orders.ts'
import * as m0004 from './migrations/0004_orders_by_user.ts'
import * as m0005 from './migrations/0005_orders_by_status.ts'
import * as m0006 from './migrations/0006_orders_by_age.ts'
import * as m0007 from './migrations/0007_order_items.ts'
import * as m0008 from './migrations/0008_payments.ts'
import * as m0009 from './migrations/0009_payments_by_order.ts'
import * as m0010 from './migrations/0010_payments_by_user.ts'
import * as m0011 from './migrations/0011_payments_by_provider.ts'
import * as m0012 from './migrations/0012_payments_by_status.ts'
import * as m0013 from './migrations/0013_payments_by_age.ts'
import * as m0014 from './migrations/0014_payment_transactions.ts'
import * as m0015 from './migrations/0015_payment_transactions_by_order.ts'
import * as m0016 from './migrations/0016_refunds.ts'
import * as m0017 from './migrations/0017_refunds_by_payment.ts'
import * as m0018 from './migrations/0018_refunds_by_order.ts'
import * as m0019 from './migrations/0019_refunds_due.ts'
import * as m0020 from './migrations/0020_notifications.ts'
import * as m0021 from './migrations/0021_notifications_by_order.ts'
import * as m0022 from './migrations/0022_incidents.ts'
import * as m0023 from './migrations/0023_incidents_by_order.ts'
import * as m0024 from './migrations/0024_incidents_by_status.ts'
import * as m0025 from './migrations/0025_access_codes.ts'
import * as m0026 from './migrations/0026_access_codes_by_buyer.ts'
import * as m0027 from './migrations/0027_access_codes_by_order.ts'
import * as m0028 from './migrations/0028_entitlements.ts'
import * as m0029 from './migrations/0029_entitlements_by_user.ts'
import * as m0030 from './migrations/0030_points_accounts.ts'
import * as m0031 from './migrations/0031_points_entries.ts'
import * as m0032 from './migrations/0032_points_entries_by_user.ts'
import * as m0033 from './migrations/0033_stock.ts'
import * as m0034 from './migrations/0034_stock_reservations.ts'
import * as m0035 from './migrations/0035_stock_entries.ts'
import * as m0036 from './migrations/0036_fulfilments.ts'
import * as m0037 from './migrations/0037_events.ts'
import * as m0038 from './migrations/0038_events_unpublished.ts'
import * as m0039 from './migrations/0039_idempotency_keys.ts'
import * as m0040 from './migrations/0040_idempotency_keys_by_age.ts'
import * as m0041 from './migrations/0041_audit.ts'
import * as m0042 from './migrations/0042_access_code_batches.ts'
import * as m0043 from './migrations/0043_access_codes_by_batch.ts'
import * as m0044 from './migrations/0044_access_codes_by_product.ts'
import * as m0045 from './migrations/0045_access_codes_by_status.ts'
import * as m0046 from './migrations/0046_access_codes_by_age.ts'
import * as m0047 from './migrations/0047_access_codes_lapsing.ts'
import * as m0048 from './migrations/0048_orders_due_at.ts'
import * as m0049 from './migrations/0049_orders_attempts.ts'
import * as m0050 from './migrations/0050_orders_due_at_filled.ts'
import * as m0051 from './migrations/0051_orders_due.ts'
import * as m0052 from './migrations/0052_payments_due_at.ts'
import * as m0053 from './migrations/0053_payments_attempts.ts'
import * as m0054 from './migrations/0054_payments_due_at_filled.ts'
import * as m0055 from './migrations/0055_payments_due.ts'
import * as m0056 from './migrations/0056_refunds_by_user.ts'
import * as m0057 from './migrations/0057_payments_last_refund_no.ts'
import * as m0058 from './migrations/0058_payments_last_refund_at.ts'
import * as m0060 from './migrations/0060_fulfilments_held.ts'
import * as m0061 from './migrations/0061_fulfilments_round.ts'
import * as m0062 from './migrations/0062_fulfilments_withheld.ts'
import * as m0063 from './migrations/0063_access_codes_frozen.ts'
import * as m0064 from './migrations/0064_refund_clues.ts'
import * as m0065 from './migrations/0065_webhook_endpoints.ts'
import * as m0066 from './migrations/0066_webhook_endpoints_by_age.ts'
import * as m0067 from './migrations/0067_webhook_deliveries.ts'
import * as m0068 from './migrations/0068_webhook_deliveries_due.ts'
import * as m0069 from './migrations/0069_webhook_deliveries_by_stream.ts'
import * as m0070 from './migrations/0070_webhook_deliveries_by_endpoint.ts'
import * as m0071 from './migrations/0071_webhook_deliveries_by_status.ts'
import * as m0075 from './migrations/0075_refunds_by_provider.ts'
import * as m0076 from './migrations/0076_refunds_by_status.ts'
import * as m0077 from './migrations/0077_refunds_by_age.ts'
import * as m0078 from './migrations/0078_payment_transactions_by_number.ts'
import * as m0079b from './migrations/0079_audit_by_actor.ts'
import * as m0079 from './migrations/0079_audit_by_age.ts'
import * as m0079c from './migrations/0079_audit_by_subject.ts'
import * as m0080b from './migrations/0080_access_code_batches_by_age.ts'
import * as m0080 from './migrations/0080_stock_entries_by_sku.ts'
import * as m0081 from './migrations/0081_incidents_by_age.ts'
import * as m0081b from './migrations/0081_incidents_resolution.ts'
import * as m0082 from './migrations/0082_notifications_by_age.ts'
import * as m0082b from './migrations/0082_notifications_by_verdict.ts'
import * as m0083 from './migrations/0083_notifications_by_number.ts'
import * as m0084 from './migrations/0084_notifications_retries.ts'
import * as m0086 from './migrations/0086_broker_queue.ts'
import * as m0087 from './migrations/0087_broker_publisher.ts'
import * as m0095 from './migrations/0095_notifications_by_retries.ts'
import * as m0096 from './migrations/0096_access_code_batches_open.ts'
import * as m0097 from './migrations/0097_access_code_batches_open_filled.ts'
import * as m0098 from './migrations/0098_access_code_batches_by_open.ts'
import * as m0100 from './migrations/0100_payment_transactions_by_paid_expand.ts'
import * as m0101 from './migrations/0101_refunds_by_processed_expand.ts'
import * as m0102 from './migrations/0102_bills_expand.ts'
import * as m0103 from './migrations/0103_bill_pieces_expand.ts'
import * as m0104 from './migrations/0104_bills_unfinished_expand.ts'
import * as m0105 from './migrations/0105_reconciliations_expand.ts'
import * as m0106 from './migrations/0106_reconciliations_due_expand.ts'
import * as m0107 from './migrations/0107_reconciliations_by_provider_expand.ts'
import * as m0108 from './migrations/0108_reconciliations_by_status_expand.ts'
import * as m0109 from './migrations/0109_reconciliations_by_age_expand.ts'
import * as m0110 from './migrations/0110_daily_stats_expand.ts'
import * as m0111 from './migrations/0111_daily_stats_first_count_expand.ts'
import * as m0112 from './migrations/0112_operators_expand.ts'
import * as m0113 from './migrations/0113_operators_by_age_expand.ts'
import * as m0114 from './migrations/0114_operators_by_role_expand.ts'
import * as m0115 from './migrations/0115_operator_sessions_expand.ts'
import * as m0116 from './migrations/0116_operator_sessions_by_operator_expand.ts'
import * as m0117 from './migrations/0117_operator_sessions_by_expiry_expand.ts'
import * as m0130 from './migrations/0130_alerts_expand.ts'
import * as m0131 from './migrations/0131_alerts_by_age_expand.ts'
import * as m0132 from './migrations/0132_alerts_by_status_expand.ts'
import * as m0133 from './migrations/0133_alert_deliveries_expand.ts'
import * as m0134 from './migrations/0134_alert_deliveries_due_expand.ts'
import * as m0135 from './migrations/0135_alert_deliveries_by_channel_expand.ts'
import * as m0136 from './migrations/0136_alert_deliveries_by_alert_expand.ts'
import * as m0150 from './migrations/0150_reconciliations_by_day_expand.ts'
import * as m0151 from './migrations/0151_discrepancies_expand.ts'
import * as m0152 from './migrations/0152_discrepancies_due_expand.ts'
import * as m0153 from './migrations/0153_discrepancies_by_day_expand.ts'
import * as m0154 from './migrations/0154_discrepancies_by_status_expand.ts'
import * as m0155 from './migrations/0155_bill_matches_expand.ts'
import * as m0160 from './migrations/0160_blacklist_expand.ts'
import * as m0161 from './migrations/0161_blacklist_by_age_expand.ts'
import * as m0162 from './migrations/0162_risk_decisions_expand.ts'
import * as m0163 from './migrations/0163_risk_decisions_by_age_expand.ts'
import * as m0164 from './migrations/0164_risk_decisions_by_user_expand.ts'
import * as m0165 from './migrations/0165_risk_decisions_by_order_expand.ts'
import * as m0166 from './migrations/0166_risk_decisions_by_outcome_expand.ts'
import * as m0167 from './migrations/0167_risk_hits_expand.ts'
import * as m0168 from './migrations/0168_risk_hits_by_rule_expand.ts'
import * as m0169 from './migrations/0169_risk_settings_expand.ts'
import * as m0180 from './migrations/0180_activity_counts_expand.ts'
import * as m0181 from './migrations/0181_alert_turns_expand.ts'
import * as m0182 from './migrations/0182_alert_quotas_expand.ts'
import * as m0190 from './migrations/0190_audit_chain_expand.ts'
import * as m0191 from './migrations/0191_refused_callbacks_expand.ts'
import * as m0192 from './migrations/0192_doctor_reports_expand.ts'

type Step = { readonly up: (db: Kysely<unknown>, dialect: Dialect) => Promise<unknown> }

/** Every change of the schema there ever was, by the name under which a database remembers it. */
export const MIGRATIONS = {
  '0001_products': m0001,
  '0002_products_on_sale': m0002,
  '0003_orders': m0003,
  '0004_orders_by_user': m0004,
  '0005_orders_by_status': m0005,
  '0006_orders_by_age': m0006,
  '0007_order_items': m0007,
  '0008_payments': m0008,
  '0009_payments_by_order': m0009,
  '0010_payments_by_user': m0010,
  '0011_payments_by_provider': m0011,
  '0012_payments_by_status': m0012,
  '0013_payments_by_age': m0013,
  '0014_payment_transactions': m0014,
  '0015_payment_transactions_by_order': m0015,
  '0016_refunds': m0016,
  '0017_refunds_by_payment': m0017,
  '0018_refunds_by_order': m0018,
  '0019_refunds_due': m0019,
  '0020_notifications': m0020,
  '0021_notifications_by_order': m0021,
  '0022_incidents': m0022,
  '0023_incidents_by_order': m0023,
  '0024_incidents_by_status': m0024,
  '0025_access_codes': m0025,
  '0026_access_codes_by_buyer': m0026,
  '0027_access_codes_by_order': m0027,
  '0028_entitlements': m0028,
  '0029_entitlements_by_user': m0029,
  '0030_points_accounts': m0030,
  '0031_points_entries': m0031,
  '0032_points_entries_by_user': m0032,
  '0033_stock': m0033,
  '0034_stock_reservations': m0034,
  '0035_stock_entries': m0035,
  '0036_fulfilments': m0036,
  '0037_events': m0037,
  '0038_events_unpublished': m0038,
  '0039_idempotency_keys': m0039,
  '0040_idempotency_keys_by_age': m0040,
  '0041_audit': m0041,
  '0042_access_code_batches': m0042,
  '0043_access_codes_by_batch': m0043,
  '0044_access_codes_by_product': m0044,
  '0045_access_codes_by_status': m0045,
  '0046_access_codes_by_age': m0046,
  '0047_access_codes_lapsing': m0047,
  '0048_orders_due_at': m0048,
  '0049_orders_attempts': m0049,
  '0050_orders_due_at_filled': m0050,
  '0051_orders_due': m0051,
  '0052_payments_due_at': m0052,
  '0053_payments_attempts': m0053,
  '0054_payments_due_at_filled': m0054,
  '0055_payments_due': m0055,
  '0056_refunds_by_user': m0056,
  '0057_payments_last_refund_no': m0057,
  '0058_payments_last_refund_at': m0058,
  '0060_fulfilments_held': m0060,
  '0061_fulfilments_round': m0061,
  '0062_fulfilments_withheld': m0062,
  '0063_access_codes_frozen': m0063,
  '0064_refund_clues': m0064,
  '0065_webhook_endpoints': m0065,
  '0066_webhook_endpoints_by_age': m0066,
  '0067_webhook_deliveries': m0067,
  '0068_webhook_deliveries_due': m0068,
  '0069_webhook_deliveries_by_stream': m0069,
  '0070_webhook_deliveries_by_endpoint': m0070,
  '0071_webhook_deliveries_by_status': m0071,
  '0075_refunds_by_provider': m0075,
  '0076_refunds_by_status': m0076,
  '0077_refunds_by_age': m0077,
  '0078_payment_transactions_by_number': m0078,
  '0079_audit_by_actor': m0079b,
  '0079_audit_by_age': m0079,
  '0079_audit_by_subject': m0079c,
  '0080_access_code_batches_by_age': m0080b,
  '0080_stock_entries_by_sku': m0080,
  '0081_incidents_by_age': m0081,
  '0081_incidents_resolution': m0081b,
  '0082_notifications_by_age': m0082,
  '0082_notifications_by_verdict': m0082b,
  '0083_notifications_by_number': m0083,
  '0084_notifications_retries': m0084,
  '0086_broker_queue': m0086,
  '0087_broker_publisher': m0087,
  '0095_notifications_by_retries': m0095,
  '0096_access_code_batches_open': m0096,
  '0097_access_code_batches_open_filled': m0097,
  '0098_access_code_batches_by_open': m0098,
  '0100_payment_transactions_by_paid_expand': m0100,
  '0101_refunds_by_processed_expand': m0101,
  '0102_bills_expand': m0102,
  '0103_bill_pieces_expand': m0103,
  '0104_bills_unfinished_expand': m0104,
  '0105_reconciliations_expand': m0105,
  '0106_reconciliations_due_expand': m0106,
  '0107_reconciliations_by_provider_expand': m0107,
  '0108_reconciliations_by_status_expand': m0108,
  '0109_reconciliations_by_age_expand': m0109,
  '0110_daily_stats_expand': m0110,
  '0111_daily_stats_first_count_expand': m0111,
  '0112_operators_expand': m0112,
  '0113_operators_by_age_expand': m0113,
  '0114_operators_by_role_expand': m0114,
  '0115_operator_sessions_expand': m0115,
  '0116_operator_sessions_by_operator_expand': m0116,
  '0117_operator_sessions_by_expiry_expand': m0117,
  '0130_alerts_expand': m0130,
  '0131_alerts_by_age_expand': m0131,
  '0132_alerts_by_status_expand': m0132,
  '0133_alert_deliveries_expand': m0133,
  '0134_alert_deliveries_due_expand': m0134,
  '0135_alert_deliveries_by_channel_expand': m0135,
  '0136_alert_deliveries_by_alert_expand': m0136,
  '0150_reconciliations_by_day_expand': m0150,
  '0151_discrepancies_expand': m0151,
  '0152_discrepancies_due_expand': m0152,
  '0153_discrepancies_by_day_expand': m0153,
  '0154_discrepancies_by_status_expand': m0154,
  '0155_bill_matches_expand': m0155,
  '0160_blacklist_expand': m0160,
  '0161_blacklist_by_age_expand': m0161,
  '0162_risk_decisions_expand': m0162,
  '0163_risk_decisions_by_age_expand': m0163,
  '0164_risk_decisions_by_user_expand': m0164,
  '0165_risk_decisions_by_order_expand': m0165,
  '0166_risk_decisions_by_outcome_expand': m0166,
  '0167_risk_hits_expand': m0167,
  '0168_risk_hits_by_rule_expand': m0168,
  '0169_risk_settings_expand': m0169,
  '0180_activity_counts_expand': m0180,
  '0181_alert_turns_expand': m0181,
  '0182_alert_quotas_expand': m0182,
  '0190_audit_chain_expand': m0190,
  '0191_refused_callbacks_expand': m0191,
  '0192_doctor_reports_expand': m0192,
} as const satisfies Readonly<Record<string, Step>>
