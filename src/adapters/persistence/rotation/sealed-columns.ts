import type { Encryption, SealContext } from '../../../application/encryption.ts'
import { placeOfPiece } from '../../../application/reconciliation/bill-repository.ts'
import { textHashes, textOf } from '../access-code-row.ts'
import { COPIED } from '../copy/copied-tables.ts'
import { sealedAs } from '../discrepancy-row.ts'
import { placeOf as placeOfAnswer } from '../kysely-idempotency-keys.ts'
import { bodyOf, headersOf } from '../notification-row.ts'
import { openidOf } from '../payment-row.ts'
import { payerOf } from '../payment-transaction-row.ts'
import { present } from '../row-values.ts'
import type { TableName, Value } from '../schema.ts'
import { placeOf as placeOfSecret } from '../webhook-endpoint-row.ts'

/** A column whose values are sealed. */
export type SealedColumn = {
  readonly table: TableName
  readonly column: string
  /** The columns of the table's primary key. */
  readonly key: readonly string[]
  readonly placeOf: (key: readonly Value[]) => SealContext
  /** Where the values are found by a keyed hash of their text, which has to follow the key as well. */
  readonly lookup?: {
    readonly column: string
    readonly hashesOf: (text: string, encryption: Encryption) => readonly [string, ...string[]]
  }
}

const sealed = (
  table: TableName,
  column: string,
  placeOf: (...key: readonly string[]) => SealContext,
): SealedColumn => {
  const { key } = present(COPIED.find(({ name }) => name === table) ?? null, table)
  return { table, column, key, placeOf: (values) => placeOf(...values.map(String)) }
}

/** All that this service seals. A test plants a value in each and looks for one that is missing here. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  sealed('payments', 'openid', (id = '') => openidOf(id)),
  sealed('payment_transactions', 'payer', (id = '') => payerOf(id)),
  sealed('notifications', 'headers', (id = '') => headersOf(id)),
  sealed('notifications', 'body', (id = '') => bodyOf(id)),
  {
    ...sealed('access_codes', 'text', (id = '') => textOf(id)),
    lookup: { column: 'text_hash', hashesOf: textHashes },
  },
  sealed('webhook_endpoints', 'secret', (id = '') => placeOfSecret('secret', id)),
  sealed('webhook_endpoints', 'previous_secret', (id = '') => placeOfSecret('previous_secret', id)),
  sealed('discrepancies', 'row_text', (id = '') => sealedAs(id)),
  sealed('bill_pieces', 'content', (billId = '', piece) => placeOfPiece(billId, Number(piece))),
  sealed('idempotency_keys', 'answer_body', (caller = '', route = '', key = '') =>
    placeOfAnswer({ caller, route, key }),
  ),
]
