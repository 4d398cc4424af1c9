import { z } from 'zod'
import type { IssuedCode } from '../../application/access-codes/access-code-repository.ts'
import { type AccessCode, formatCode, shownStatus } from '../../domain/access-code.ts'
import type { AccessSpan, Entitlement } from '../../domain/entitlement.ts'
import type { PointsEntry } from '../../domain/points.ts'
import { idSchema, instantOrNull, instantSchema } from './envelope.ts'

export const accessCodeSchema = z
  .strictObject({
    code: z.string().meta({ examples: ['7K3M-Q9XB-04DT-ZW8H'] }),
    productId: idSchema,
    status: z.enum(['available', 'activated', 'expired', 'revoked']),
    validityDays: z.int(),
    orderId: idSchema.nullable(),
    expiresAt: instantSchema.nullable(),
    activatedAt: instantSchema.nullable(),
    createdAt: instantSchema,
  })
  .meta({ id: 'AccessCode' })

export const accessCodeJson = ({ code, text }: IssuedCode): z.output<typeof accessCodeSchema> => ({
  code: formatCode(text),
  productId: code.productId,
  status: shownStatus(code),
  validityDays: code.validityDays,
  orderId: orderOf(code),
  expiresAt: instantOrNull(code.expiresAt),
  activatedAt: instantOrNull(code.status === 'activated' ? code.activatedAt : undefined),
  createdAt: code.createdAt.toISOString(),
})

const orderOf = ({ origin }: AccessCode): string | null => (origin.type === 'order' ? origin.orderId : null)

/** Any short text may be tried: what can't be a code is told like one that is wrong. */
export const activateCodeBody = z
  .strictObject({ code: z.string().max(64) })
  .meta({ id: 'ActivateCode', override: { examples: [{ code: '7K3M-Q9XB-04DT-ZW8H' }] } })

export const activationSchema = z
  .strictObject({ productId: idSchema, expiresAt: instantSchema })
  .meta({ id: 'Activation' })

export const activationJson = ({ productId, expiresAt }: Entitlement): z.output<typeof activationSchema> => ({
  productId,
  expiresAt: expiresAt.toISOString(),
})

export const entitlementSchema = z
  .strictObject({
    id: idSchema,
    productId: idSchema,
    source: z.strictObject({ type: z.enum(['order_line', 'access_code']), id: z.string() }),
    startsAt: instantSchema,
    expiresAt: instantSchema,
    createdAt: instantSchema,
  })
  .meta({ id: 'Entitlement' })

export const entitlementJson = (entitlement: Entitlement): z.output<typeof entitlementSchema> => ({
  id: entitlement.id,
  productId: entitlement.productId,
  source: entitlement.source,
  startsAt: entitlement.startsAt.toISOString(),
  expiresAt: entitlement.expiresAt.toISOString(),
  createdAt: entitlement.createdAt.toISOString(),
})

export const productAccessSchema = z
  .strictObject({ productId: idSchema, startsAt: instantSchema, expiresAt: instantSchema })
  .meta({ id: 'ProductAccess', description: '当前有效的使用期，首尾相接的各段合为一段' })

export const productAccessJson = ({
  productId,
  startsAt,
  expiresAt,
}: AccessSpan): z.output<typeof productAccessSchema> => ({
  productId,
  startsAt: startsAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
})

export const pointsEntrySchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(['purchase', 'bonus', 'spend', 'spend_refund', 'take_back', 'adjustment']),
    delta: z.int(),
    balanceAfter: z.int(),
    source: z.strictObject({ type: z.enum(['order_line', 'payment', 'refund', 'admin']), id: z.string() }),
    createdAt: instantSchema,
  })
  .meta({ id: 'PointsEntry' })

export const pointsEntryJson = (entry: PointsEntry): z.output<typeof pointsEntrySchema> => ({
  id: entry.id,
  kind: entry.kind,
  delta: entry.delta,
  balanceAfter: entry.balanceAfter,
  source: entry.source,
  createdAt: entry.createdAt.toISOString(),
})
