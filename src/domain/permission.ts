import { OPERATOR_ROLES, type OperatorRole } from './operator.ts'

/** The least role that may do each thing; nothing is allowed that does not stand here. */
export const LEAST_ROLES = {
  'sessions.own': 'viewer',
  'statistics.read': 'viewer',
  'stock.read': 'viewer',
  'alerts.read': 'viewer',
  'alerts.acknowledge': 'support',
  'orders.read': 'support',
  'incidents.read': 'support',
  'notifications.read': 'support',
  'notifications.open': 'support',
  'webhooks.read': 'support',
  'webhooks.resend': 'support',
  'codes.read': 'support',
  'codes.revoke': 'support',
  'risk.read': 'support',
  'audit.read': 'finance',
  'refunds.request': 'finance',
  'refunds.decide': 'finance',
  'incidents.resolve': 'finance',
  'notifications.retry': 'finance',
  'reconciliation.read': 'finance',
  'reconciliation.run': 'finance',
  'reconciliation.resolve': 'finance',
  'catalogue.change': 'admin',
  'stock.change': 'admin',
  'codes.make': 'admin',
  'codes.export': 'admin',
  'webhooks.change': 'admin',
  'risk.change': 'admin',
  'operators.manage': 'admin',
  'doctor.ask': 'admin',
} as const satisfies Readonly<Record<string, OperatorRole>>

/** One kind of thing that is done at the console. */
export type Permission = keyof typeof LEAST_ROLES

/** Whether an operator of this role may do it. */
export const mayDo = (role: OperatorRole, permission: Permission): boolean =>
  OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(LEAST_ROLES[permission])
