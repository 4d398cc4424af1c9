import type { Finding, FindingFacts, FindingLevel } from '../../domain/doctor.ts'
import type { FindingCode } from '../../domain/doctor-wording.ts'
import { type CanaryArrival, type CanaryBody, canaryContent } from './canary.ts'
import type { CanaryFault, CanaryOutcome } from './canary-probe.ts'
import type { NotifyTarget } from './check.ts'

export type Returned = Extract<CanaryOutcome, { kind: 'returned' }> & { readonly body: CanaryBody }

/** A gateway waits for so long. */
const PATIENCE_MS = 5000
const SLOW_MS = 1500

const about = (
  { url, provider, path }: NotifyTarget,
  level: FindingLevel,
  code: FindingCode,
  facts: FindingFacts = {},
): Finding => ({
  check: 'callback_urls',
  level,
  code,
  subject: url,
  facts: { url, provider, path, ...facts },
})

const FAULTS: Readonly<Record<CanaryFault, FindingCode>> = {
  unresolved: 'canary_unresolved',
  unconnected: 'canary_unconnected',
  timed_out: 'canary_timed_out',
  distrusted: 'canary_distrusted',
  broken_off: 'canary_broken_off',
}

/** What it means that a canary did not come back. */
export const judgeLost = (target: NotifyTarget, outcome: Exclude<CanaryOutcome, { kind: 'returned' }>): Finding => {
  switch (outcome.kind) {
    case 'failed':
      return about(target, 'problem', FAULTS[outcome.fault], { reason: outcome.reason, ms: outcome.ms })
    case 'redirected': {
      const { status, location } = outcome
      const code = differsBySlash(target.url, location) ? 'canary_slash' : 'canary_redirected'
      return about(target, 'problem', code, { status, location })
    }
    case 'answer_changed':
      return about(target, 'problem', 'canary_answer_changed')
    case 'answered':
      return about(target, 'problem', codeOf(outcome), {
        status: outcome.status,
        server: outcome.server,
        code: outcome.ours ?? '',
      })
  }
}

const codeOf = ({ ours, isChallenge }: Extract<CanaryOutcome, { kind: 'answered' }>): FindingCode => {
  if (ours === 'FAIL') return 'canary_unrecognised'
  if (ours !== undefined) return 'canary_misplaced'
  return isChallenge ? 'canary_challenged' : 'canary_elsewhere'
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, '')

const differsBySlash = (url: string, location: string): boolean =>
  url !== location && withoutSlash(url) === withoutSlash(location)

/** What became on their way of those that came back; each fault is told once, by the first that shows it. */
export const judgeArrivals = (
  target: NotifyTarget,
  returned: readonly Returned[],
  isWhole: boolean,
): readonly Finding[] => {
  const found = new Map<string, Finding>()
  for (const one of returned)
    for (const finding of [...judgeMessage(target, one), ...judgeSender(target, one.arrival)]) {
      const key = `${finding.code} ${finding.facts['header'] ?? finding.facts['body'] ?? ''}`
      if (!found.has(key)) found.set(key, finding)
    }
  const slowest = Math.max(...returned.map(({ ms }) => ms))
  const pace = slowest > PATIENCE_MS ? 'problem' : 'warning'
  const slow = slowest > SLOW_MS ? [about(target, pace, 'canary_slow', { ms: slowest })] : []
  const faults = [...found.values(), ...slow]
  if (!isWhole || faults.some(({ level }) => level === 'problem')) return faults
  const hops = Math.max(...returned.map(({ arrival }) => arrival.hops))
  return [about(target, 'ok', 'canary_returned', { count: returned.length, ms: slowest, hops }), ...faults]
}

/** Changes that break a signature, or lose a callback. */
const judgeMessage = (target: NotifyTarget, { arrival, body }: Returned): readonly Finding[] => {
  const { method, path, host, missing, changed, difference, bodyBytes } = arrival
  const wanted = new URL(target.url)
  const sent = canaryContent({ nonce: '', body }).contentType
  return [
    ...(method === 'POST' ? [] : [about(target, 'problem', 'canary_method_changed', { method })]),
    ...(path === wanted.pathname ? [] : [about(target, 'warning', 'canary_path_changed', { path })]),
    ...(host === wanted.host ? [] : [about(target, 'ok', 'canary_host_changed', { host })]),
    ...missing.map((header) => about(target, 'problem', 'canary_header_lost', { header })),
    // Some write `charset` in their own way; no signature is over it.
    ...changed.map((header) =>
      about(target, header === 'content-type' ? 'warning' : 'problem', 'canary_header_changed', { header }),
    ),
    ...(difference === undefined
      ? []
      : [
          about(target, 'problem', 'canary_body_changed', {
            ...difference,
            body: sent,
            sent: arrival.sentBytes,
            received: bodyBytes,
          }),
        ]),
  ]
}

/** Whom it counts as from, which limits, blacklist and allow-lists go by. */
const judgeSender = (target: NotifyTarget, arrival: CanaryArrival): readonly Finding[] => {
  const { address, isForwardedByStranger, isAllowed } = arrival
  if (!isForwardedByStranger) return []
  return [
    about(target, 'warning', 'canary_proxy_untrusted', { address }),
    ...(isAllowed ? [] : [about(target, 'problem', 'canary_not_allowed', { address })]),
  ]
}
