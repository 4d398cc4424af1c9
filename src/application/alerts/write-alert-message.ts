import type { Alert } from '../../domain/alert.ts'
import { briefOf } from '../../domain/alert-brief.ts'
import { type AlertSeverity, isWorse } from '../../domain/alert-rules.ts'
import { alertWording } from '../../domain/alert-wording.ts'
import type { Bilingual } from '../../domain/wording.ts'
import type { AlertMessage } from './alert-sender.ts'

/** An alert as it is to be told: that it holds, or that it is over. */
export type Told = { readonly alert: Alert; readonly isOver: boolean }

/** More would not be read, and robots take no more. */
const MOST = 20
const OFFSET_MS = 8 * 3_600_000 // Shanghai's.

/** Several alerts as one message, what holds and is worst first. */
export const writeAlertMessage = (all: readonly Told[], at: Date): AlertMessage => {
  const told = all.toSorted(byUrgency)
  const [first] = told
  const holding = told.filter(({ isOver }) => !isOver)
  const more = told.length - MOST
  const parts = told.slice(0, MOST).map(paragraph)
  if (more > 0) parts.push(`另有 ${more} 条，请在后台查看。\n${more} more are in the console.`)
  return {
    title: first === undefined ? '' : titleOf(first, told.length),
    text: parts.join('\n\n'),
    severity: holding[0]?.alert.severity,
    brief: first === undefined ? '' : briefOf(first.alert),
    count: told.length,
    at,
  }
}

const byUrgency = (a: Told, b: Told): number =>
  Number(a.isOver) - Number(b.isOver) ||
  Number(isWorse(b.alert.severity, a.alert.severity)) - Number(isWorse(a.alert.severity, b.alert.severity)) ||
  a.alert.firstAt.getTime() - b.alert.firstAt.getTime()

const titleOf = (one: Told, count: number): string => {
  const { zh } = alertWording(one.alert).title
  return count === 1 ? `【${wordOf(one).zh}】${zh}` : `【${wordOf(one).zh}】${zh} 等 ${count} 条`
}

const paragraph = (one: Told): string => {
  const { title, text } = alertWording(one.alert)
  const word = wordOf(one)
  const lines = (['zh', 'en'] as const).map((language) => {
    const head = language === 'zh' ? `【${word.zh}】${title.zh}` : `[${word.en}] ${title.en}`
    return one.isOver ? head : `${head}\n${text[language]}`
  })
  return [...lines, since(one.alert)].join('\n')
}

/** That it is over by now is told, even where the news is that it began. */
const since = (alert: Alert): string => {
  const times = alert.occurrences === 1 ? '' : ` ×${alert.occurrences}`
  const end = alert.status === 'resolved' ? ` – ${clockOf(alert.resolvedAt)}` : ''
  return `${clockOf(alert.firstAt)}${end}${times}`
}

/** As a clock in Shanghai shows it: `2026-03-01 12:00`. */
const clockOf = (at: Date): string => new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ')

const SEVERITIES: Readonly<Record<AlertSeverity, Bilingual>> = {
  info: { zh: '提示', en: 'Info' },
  warning: { zh: '注意', en: 'Warning' },
  critical: { zh: '严重', en: 'Critical' },
}
const OVER: Bilingual = { zh: '已恢复', en: 'Resolved' }

const wordOf = ({ alert, isOver }: Told): Bilingual => (isOver ? OVER : SEVERITIES[alert.severity])
