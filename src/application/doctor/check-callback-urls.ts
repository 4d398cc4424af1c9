import type { Finding } from '../../domain/doctor.ts'
import { CANARY_BODIES, type CanaryBody } from './canary.ts'
import type { CanaryOutcome, CanaryProbe } from './canary-probe.ts'
import type { NotifyTarget } from './check.ts'
import { judgeArrivals, judgeLost, type Returned } from './judge-canary.ts'

type Deps = {
  readonly probe: CanaryProbe
  readonly targets: readonly NotifyTarget[]
}

/** Sends to each notify URL what a gateway would, and tells what became of it on its way. */
export const callbackUrlFindings = async ({ probe, targets }: Deps): Promise<readonly Finding[]> =>
  (await Promise.all(targets.map((target) => findingsOf(probe, target)))).flat()

/** Where the first one is lost, the others would be too. */
const findingsOf = async (probe: CanaryProbe, target: NotifyTarget): Promise<readonly Finding[]> => {
  const returned: Returned[] = []
  const lost: Finding[] = []
  for (const body of CANARY_BODIES) {
    const outcome = await probe.send(target.url, body)
    if (outcome.kind === 'returned') returned.push({ ...outcome, body })
    else if (returned.length === 0) return [judgeLost(target, outcome)]
    else lost.push(judgeLater(target, body, outcome))
  }
  return [...judgeArrivals(target, returned, lost.length === 0), ...lost]
}

/** What an address that works answers to another body. */
const judgeLater = (
  target: NotifyTarget,
  body: CanaryBody,
  outcome: Exclude<CanaryOutcome, { kind: 'returned' }>,
): Finding => {
  if (body !== 'large' || outcome.kind !== 'answered') return judgeLost(target, outcome)
  const facts = { url: target.url, sent: 65_536, status: outcome.status }
  return { check: 'callback_urls', level: 'problem', code: 'canary_body_refused', subject: target.url, facts }
}

/** Where no canary is to be sent. */
export const untriedFindings = (targets: readonly NotifyTarget[], reason: string): readonly Finding[] =>
  targets.map(({ url }) => ({
    check: 'callback_urls',
    level: 'unknown',
    code: 'canary_skipped',
    subject: url,
    facts: { reason },
  }))
