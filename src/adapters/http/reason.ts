import { z } from 'zod'
import { textField } from './fields.ts'

/** Why an operator does something; kept in the audit log. */
export const reasonField = textField(1, 500).meta({ description: '操作原因，记入审计' })

/** Of an operation that needs nothing but perhaps a reason; the body may be left out altogether. */
export const reasonBody = z
  .strictObject({ reason: reasonField.optional() })
  .default({})
  .meta({ id: 'Reason', override: { examples: [{ reason: '客户要求' }] } })
