import { err, ok, type Result } from 'neverthrow'
import type { NotificationError } from '../../../application/payments/payment-gateway.ts'
import type { AlipayVerifier } from './alipay-key.ts'
import type { NotificationForm } from './notification-form.ts'

type Forged = Extract<NotificationError, { code: 'SIGNATURE_INVALID' }>

/** Proves that Alipay signed the form. What its fields mean is another question: see `readFields`. */
export const verifyForm = (form: NotificationForm, verifies: AlipayVerifier): Result<true, Forged> => {
  const signature = form.get('sign')
  if (signature === undefined || signature === '') return forged('missing')
  if (form.get('sign_type') !== 'RSA2') return forged('algorithm')
  for (const text of signedTexts(form)) if (verifies(Buffer.from(text, 'latin1'), signature)) return ok(true)
  return forged('mismatch')
}

/**
 * The texts the signature may be over, likeliest first. Sources disagree whether empty values and the certificate's
 * serial belong to it; messages that are not about a trade keep their `sign_type`.
 */
const signedTexts = (form: NotificationForm): ReadonlySet<string> => {
  const withoutBoth = [...form].filter(([name]) => name !== 'sign' && name !== 'sign_type')
  const bases = form.has('trade_status') ? [withoutBoth] : [withoutBoth, [...form].filter(([name]) => name !== 'sign')]
  const texts = new Set<string>()
  for (const fields of bases)
    for (const some of [fields, fields.filter(([name]) => name !== 'alipay_cert_sn')]) {
      texts.add(joined(some))
      texts.add(joined(some.filter(([, value]) => value !== '')))
    }
  return texts
}

const joined = (fields: readonly (readonly [string, string])[]): string =>
  fields
    .map(([name, value]) => [name, `${name}=${value}`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pair]) => pair)
    .join('&')

const forged = (reason: Forged['reason']): Result<never, Forged> => err({ code: 'SIGNATURE_INVALID', reason })
