import { z } from 'zod'
import { type OperatorAccount, OPERATOR_ROLES, OPERATOR_STATUSES } from '../../domain/operator.ts'
import { type OperatorSession, SESSION_IDLE_MS } from '../../domain/operator-session.ts'
import { LEAST_ROLES, mayDo, type Permission } from '../../domain/permission.ts'
import type { OperatorCaller } from './access.ts'
import { idSchema, instantSchema } from './envelope.ts'
import { textField } from './fields.ts'

/** A name as it is stored, however it was typed. */
export const operatorNameField = z
  .string()
  .regex(/^[0-9A-Za-z._-]{3,64}$/)
  .toLowerCase()
  .meta({ description: '登录名，不分大小写', examples: ['li.lei'] })

const roleField = z.enum(OPERATOR_ROLES).meta({ description: '每个角色包含前一个角色的权限，见 docs/security.md' })
const displayNameField = textField(1, 64)

export const addOperatorBody = z
  .strictObject({ name: operatorNameField, displayName: displayNameField.optional(), role: roleField })
  .meta({
    id: 'AddOperator',
    override: { examples: [{ name: 'li.lei', displayName: '李雷', role: 'finance' }] },
  })

export const changeOperatorBody = z
  .strictObject({
    displayName: displayNameField.optional(),
    role: roleField.optional(),
    status: z.enum(OPERATOR_STATUSES).optional(),
  })
  .meta({ id: 'ChangeOperator', override: { examples: [{ role: 'support' }] } })

export const operatorSchema = z
  .strictObject({
    name: z.string(),
    displayName: z.string(),
    role: z.enum(OPERATOR_ROLES),
    status: z.enum(OPERATOR_STATUSES),
    mustChangePassword: z.boolean().meta({ description: '使用一次性密码登录后，须先修改密码' }),
    passwordChangedAt: instantSchema,
    createdAt: instantSchema,
  })
  .meta({ id: 'Operator' })

export const operatorJson = (account: OperatorAccount): z.output<typeof operatorSchema> => ({
  name: account.name,
  displayName: account.displayName,
  role: account.role,
  status: account.status,
  mustChangePassword: account.mustChangePassword,
  passwordChangedAt: account.passwordChangedAt.toISOString(),
  createdAt: account.createdAt.toISOString(),
})

export const newPasswordSchema = z
  .strictObject({
    ...operatorSchema.shape,
    oneTimePassword: z.string().meta({ description: '只给出这一次；72 小时内登录并修改' }),
  })
  .meta({ id: 'OperatorWithPassword' })

const PERMISSIONS = Object.keys(LEAST_ROLES) as Permission[] // Its own keys.

/** What is typed is checked against what is stored, so nothing is asked of it here. */
const typedPassword = z
  .string()
  .min(1)
  .max(1024)
  .refine((typed) => typed.isWellFormed())

export const signInBody = z
  .strictObject({ name: z.string().min(1).max(128), password: typedPassword })
  .meta({ id: 'SignIn', override: { examples: [{ name: 'li.lei', password: '七个人在雨里等一辆绿色的公交车' }] } })

export const changePasswordBody = z
  .strictObject({ currentPassword: typedPassword, newPassword: typedPassword })
  .meta({ id: 'ChangePassword' })

export const sessionSchema = z
  .strictObject({
    id: idSchema,
    operator: operatorSchema,
    permissions: z.array(z.enum(PERMISSIONS)),
    csrfToken: z.string().meta({ description: '改动类请求须放在 X-CSRF-Token 中' }),
    idleSeconds: z.int().meta({ description: '这么久不用就结束' }),
    createdAt: instantSchema,
    expiresAt: instantSchema,
  })
  .meta({ id: 'Session' })

export const sessionJson = ({
  account,
  session,
  csrfToken,
}: Omit<OperatorCaller, 'kind'>): z.output<typeof sessionSchema> => ({
  id: session.id,
  operator: operatorJson(account),
  permissions: PERMISSIONS.filter((permission) => mayDo(account.role, permission)),
  csrfToken,
  idleSeconds: SESSION_IDLE_MS / 1000,
  createdAt: session.createdAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
})

export const listedSessionSchema = z
  .strictObject({
    id: idSchema,
    ip: z.string(),
    userAgent: z.string().nullable(),
    current: z.boolean().meta({ description: '就是提出本请求的会话' }),
    createdAt: instantSchema,
    seenAt: instantSchema,
    expiresAt: instantSchema,
  })
  .meta({ id: 'ListedSession' })

export const listedSessionJson =
  (currentId: string | undefined) =>
  (session: OperatorSession): z.output<typeof listedSessionSchema> => ({
    id: session.id,
    ip: session.ip,
    userAgent: session.userAgent ?? null,
    current: session.id === currentId,
    createdAt: session.createdAt.toISOString(),
    seenAt: session.seenAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
  })

export const endedSessionSchema = z.strictObject({ id: idSchema }).meta({ id: 'EndedSession' })
