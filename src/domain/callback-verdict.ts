import type { RefusalReason, RefusedCallback } from './callback-refusal.ts'
import type { Provider } from './payment.ts'
import { STEP_ADVICE } from './verdict-wording.ts'
import type { Bilingual } from './wording.ts'

/** What is looked at, in this order; the first that fails is the verdict. */
export const VERDICT_STEPS = [
  'address',
  'method',
  'size',
  'signature_parts',
  'algorithm',
  'timestamp',
  'serial',
  'signature',
  'content',
  'identity',
  'order',
  'amount',
  'state',
] as const
export type VerdictStep = (typeof VERDICT_STEPS)[number]

export const STEP_OUTCOMES = ['passed', 'failed', 'not_reached'] as const
export type StepOutcome = (typeof STEP_OUTCOMES)[number]

export type VerdictNode = {
  readonly step: VerdictStep
  readonly outcome: StepOutcome
  readonly expected: Bilingual | undefined
  readonly arrived: string | undefined
  readonly advice: Bilingual | undefined
}

/** What is known of one step beside whether it passed. */
export type StepFacts = Partial<Record<VerdictStep, { readonly expected?: Bilingual; readonly arrived?: string }>>

/** Alipay signs neither a time nor the name of its key. */
const WECHAT_ALONE: ReadonlySet<VerdictStep> = new Set(['timestamp', 'serial'])

export const stepsOf = (provider: Provider): readonly VerdictStep[] =>
  VERDICT_STEPS.filter((step) => provider === 'wechat' || !WECHAT_ALONE.has(step))

/** All steps passed up to the one that failed, and none was reached after it. */
export const verdictTree = (
  provider: Provider,
  failed: VerdictStep | undefined,
  facts: StepFacts,
): readonly VerdictNode[] => {
  const steps = stepsOf(provider)
  const at = failed === undefined ? steps.length : steps.indexOf(failed)
  return steps.map((step, index) => ({
    step,
    outcome: index < at ? 'passed' : index === at ? 'failed' : 'not_reached',
    expected: facts[step]?.expected,
    arrived: facts[step]?.arrived,
    advice: index === at ? STEP_ADVICE[step] : undefined,
  }))
}

/** Where a message that is refused for this reason fails. */
export const FAILED_STEPS: Readonly<Record<RefusalReason, VerdictStep>> = {
  wrong_address: 'address',
  wrong_method: 'method',
  too_large: 'size',
  missing: 'signature_parts',
  algorithm: 'algorithm',
  stale: 'timestamp',
  unknown_serial: 'serial',
  mismatch: 'signature',
  unreadable: 'content',
}

/** What of the settings a message is held against. */
export type Expectations = {
  readonly allowedIps: readonly string[] | undefined
  /** Names of keys, which are no secret. */
  readonly knownSerials: readonly string[]
  readonly maxBytes: number
}

const same = (text: string): Bilingual => ({ zh: text, en: text })

/** Why a message was refused before it was proven, step by step. */
export const refusalTree = (
  { provider, reason, evidence }: RefusedCallback,
  { allowedIps, knownSerials, maxBytes }: Expectations,
): readonly VerdictNode[] => {
  const { address, method, bodyBytes, present, missing, serial, aheadSeconds, isOurApp } = evidence
  const facts: StepFacts = {
    address: {
      expected: allowedIps === undefined ? { zh: '任何来源', en: 'any address' } : same(allowedIps.join(', ')),
      arrived: address,
    },
    method: { expected: same('POST'), arrived: method },
    size: { expected: same(`≤ ${maxBytes}`), arrived: String(bodyBytes) },
    signature_parts: {
      expected: same([...present, ...missing].join(', ')),
      arrived: present.join(', ') || '-',
    },
    ...(aheadSeconds !== undefined && { timestamp: { expected: same('± 300 s'), arrived: `${aheadSeconds} s` } }),
    ...(serial !== undefined && {
      serial: {
        expected:
          knownSerials.length === 0
            ? { zh: '微信支付平台证书的序列号', en: 'the serial of a platform certificate' }
            : same(knownSerials.join(', ')),
        arrived: serial,
      },
    }),
    signature: {
      expected: { zh: '对原始正文的有效签名', en: 'a valid signature over the body as it was sent' },
      arrived: `SHA-256 ${evidence.bodyHash.slice(0, 16)}…`,
    },
    ...(isOurApp !== undefined && { identity: { arrived: isOurApp ? '=' : '≠' } }),
  }
  // A form is read before its signature is, so one that can't be read has not been verified.
  if (reason === 'unreadable') return unverified(provider, facts)
  return verdictTree(provider, FAILED_STEPS[reason], facts)
}

const unverified = (provider: Provider, facts: StepFacts): readonly VerdictNode[] =>
  verdictTree(provider, 'content', facts).map((node) =>
    ['signature_parts', 'algorithm', 'timestamp', 'serial', 'signature'].includes(node.step)
      ? { ...node, outcome: 'not_reached' }
      : node,
  )
