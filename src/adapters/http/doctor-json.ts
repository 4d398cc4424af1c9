import { z } from 'zod'
import { REFUSAL_REASONS, type RefusedCallback } from '../../domain/callback-refusal.ts'
import {
  type Expectations,
  refusalTree,
  STEP_OUTCOMES,
  VERDICT_STEPS,
  type VerdictNode,
} from '../../domain/callback-verdict.ts'
import { DOCTOR_CHECKS, type DoctorReport, FINDING_LEVELS, isHealthy } from '../../domain/doctor.ts'
import { findingWording } from '../../domain/doctor-wording.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { bilingualSchema } from './alert-json.ts'
import { instantSchema } from './envelope.ts'

const findingSchema = z
  .strictObject({
    check: z.enum(DOCTOR_CHECKS),
    code: z.string(),
    level: z.enum(FINDING_LEVELS).meta({ description: 'unknown：无法得知，不算好也不算坏' }),
    subject: z.string(),
    title: bilingualSchema,
    detail: bilingualSchema,
    advice: bilingualSchema,
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
  })
  .meta({ id: 'DoctorFinding' })

const verdictStepSchema = z
  .strictObject({
    step: z.enum(VERDICT_STEPS),
    outcome: z.enum(STEP_OUTCOMES),
    expected: bilingualSchema.nullable(),
    arrived: z.string().nullable(),
    advice: bilingualSchema.nullable().meta({ description: '该怎么办；只在没有通过的一步' }),
  })
  .meta({ id: 'VerdictStep' })

export const verdictSchema = z
  .strictObject({ steps: z.array(verdictStepSchema) })
  .meta({ id: 'NotificationVerdict', description: '按先后检查的每一步；第一个没有通过的就是结论' })

const refusedSchema = z
  .strictObject({
    provider: z.enum(PROVIDERS),
    place: z.enum(['payment', 'refund']),
    reason: z.enum(REFUSAL_REASONS),
    occurrences: z.int(),
    firstAt: instantSchema,
    lastAt: instantSchema,
    evidence: z
      .strictObject({
        address: z.string(),
        method: z.string(),
        contentType: z.string(),
        bodyBytes: z.int(),
        bodyHash: z.string().meta({ description: 'SHA-256' }),
        present: z.array(z.string()),
        missing: z.array(z.string()),
        serial: z.string().nullable(),
        aheadSeconds: z.int().nullable(),
        isOurApp: z.boolean().nullable(),
      })
      .meta({ description: '最近一次怎样到达；不含报文' }),
    steps: z.array(verdictStepSchema),
  })
  .meta({ id: 'RefusedCallback', description: '看似真实却未通过验证的通知，同类合计' })

const reportSchema = z
  .strictObject({
    healthy: z.boolean().meta({ description: '没有任何 problem' }),
    startedAt: instantSchema,
    finishedAt: instantSchema,
    findings: z.array(findingSchema),
  })
  .meta({ id: 'DoctorReport' })

export const doctorSchema = z.strictObject({
  report: reportSchema.nullable().meta({ description: '从未运行过时为 null' }),
  refused: z.array(refusedSchema),
})

export const doctorJson = (
  report: DoctorReport | undefined,
  refused: readonly RefusedCallback[],
  expected: (one: RefusedCallback) => Expectations,
): z.output<typeof doctorSchema> => ({
  report: report === undefined ? null : reportJson(report),
  refused: refused.map((one) => refusedJson(one, expected(one))),
})

export const reportJson = (report: DoctorReport): z.output<typeof reportSchema> => ({
  healthy: isHealthy(report),
  startedAt: report.startedAt.toISOString(),
  finishedAt: report.finishedAt.toISOString(),
  findings: report.findings.map((finding) => ({ ...finding, ...findingWording(finding) })),
})

const refusedJson = (one: RefusedCallback, expected: Expectations): z.output<typeof refusedSchema> => {
  const { slot: _, firstAt, lastAt, evidence, ...rest } = one
  const { present, missing, serial, aheadSeconds, isOurApp } = evidence
  return {
    ...rest,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    evidence: {
      ...evidence,
      present: [...present],
      missing: [...missing],
      serial: serial ?? null,
      aheadSeconds: aheadSeconds ?? null,
      isOurApp: isOurApp ?? null,
    },
    steps: stepsJson(refusalTree(one, expected)),
  }
}

export const stepsJson = (steps: readonly VerdictNode[]): z.output<typeof verdictStepSchema>[] =>
  steps.map(({ step, outcome, expected, arrived, advice }) => ({
    step,
    outcome,
    expected: expected ?? null,
    arrived: arrived ?? null,
    advice: advice ?? null,
  }))
