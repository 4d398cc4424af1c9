import type { IssuedCode } from '../../application/access-codes/access-code-repository.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import { type AccessCode, type AccessCodeFacts, type ShownCodeStatus, shownStatus } from '../../domain/access-code.ts'
import { invariant, present, toDate, toFlag, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change with the code's state. */
export type AccessCodeStateRow = Pick<Row<'access_codes'>, 'status' | 'frozen' | 'activated_by' | 'activated_at'>

const ORIGINS = wordsOf<AccessCode['origin']['type']>({ order: true, batch: true })
const STATUSES = wordsOf<ShownCodeStatus>({ available: true, activated: true, expired: true, revoked: true })

/** What a code's text is found by: the first is stored now, the others were before the key was changed. */
export const textHashes = (text: string, encryption: Encryption): readonly [string, ...string[]] =>
  encryption.lookupHashes(text, 'access-code')

export const toAccessCodeRow = ({ code, text }: IssuedCode, encryption: Encryption): Row<'access_codes'> => ({
  id: code.id,
  product_id: code.productId,
  validity_days: code.validityDays,
  ...toOrigin(code.origin),
  text: encryption.seal(text, textOf(code.id)),
  text_hash: textHashes(text, encryption)[0],
  ...toAccessCodeState(code),
  expires_at: toTimeColumn(code.expiresAt),
  created_at: code.createdAt.getTime(),
  updated_at: code.createdAt.getTime(),
  version: 1,
})

export const toAccessCodeState = (code: AccessCode): AccessCodeStateRow => {
  const status = shownStatus(code)
  switch (code.status) {
    case 'available':
    case 'frozen':
    case 'expired':
    case 'revoked':
      return { status, frozen: code.status === 'frozen' ? 1 : 0, activated_by: null, activated_at: null }
    case 'activated':
      return { status, frozen: 0, activated_by: code.activatedBy, activated_at: code.activatedAt.getTime() }
  }
}

export const toIssuedCode = (row: Row<'access_codes'>, encryption: Encryption): IssuedCode => ({
  code: toAccessCode(row).value,
  text: encryption.open(row.text, textOf(row.id)),
})

export const toAccessCode = (row: Row<'access_codes'>): Versioned<AccessCode> => ({
  value: inState(row, {
    id: row.id,
    productId: row.product_id,
    validityDays: row.validity_days,
    origin: fromOrigin(row),
    expiresAt: toOptionalDate(row.expires_at),
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

export const textOf = (id: string) => ({ table: 'access_codes', column: 'text', row: id })

const toOrigin = (
  origin: AccessCode['origin'],
): Pick<Row<'access_codes'>, 'origin' | 'order_id' | 'buyer_id' | 'batch_id'> => {
  switch (origin.type) {
    case 'order':
      return { origin: 'order', order_id: origin.orderId, buyer_id: origin.userId, batch_id: null }
    case 'batch':
      return { origin: 'batch', order_id: null, buyer_id: null, batch_id: origin.batchId }
  }
}

const fromOrigin = (row: Row<'access_codes'>): AccessCode['origin'] => {
  const type = wordOf(ORIGINS, row.origin)
  switch (type) {
    case 'order':
      return { type, orderId: present(row.order_id, 'order_id'), userId: present(row.buyer_id, 'buyer_id') }
    case 'batch':
      return { type, batchId: present(row.batch_id, 'batch_id') }
  }
}

const inState = (row: Row<'access_codes'>, facts: AccessCodeFacts): AccessCode => {
  const status = wordOf(STATUSES, row.status)
  const isFrozen = toFlag(row.frozen)
  invariant(!isFrozen || status === 'available', 'a frozen code that is not available')
  switch (status) {
    case 'available':
      return { ...facts, status: isFrozen ? 'frozen' : 'available' }
    case 'expired':
    case 'revoked':
      return { ...facts, status }
    case 'activated':
      return {
        ...facts,
        status,
        activatedBy: present(row.activated_by, 'activated_by'),
        activatedAt: toDate(present(row.activated_at, 'activated_at')),
      }
  }
}
