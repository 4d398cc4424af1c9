import type { CanaryFault } from '../../application/doctor/canary-probe.ts'

const FAULTS: readonly (readonly [CanaryFault, RegExp])[] = [
  ['unresolved', /^(?:ENOTFOUND|EAI_)/],
  ['unconnected', /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN)/],
  ['timed_out', /TIMEOUT|^ETIMEDOUT|^TimeoutError|^AbortError/],
  ['distrusted', /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|^EPROTO|HOSTNAME_MISMATCH/],
]

/** What kind of fault a code of Node stands for; whatever is not known broke off. */
export const faultOf = (reason: string): CanaryFault =>
  FAULTS.find(([, codes]) => codes.test(reason))?.[0] ?? 'broken_off'

/** The code alone: messages of network errors can carry addresses and bytes of the peer. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'network error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
