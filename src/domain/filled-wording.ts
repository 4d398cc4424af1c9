import { termFor } from './alert-terms.ts'
import type { Bilingual } from './wording.ts'

type Facts = Readonly<Record<string, string | number>>

/** The text with each `{fact}` replaced by what was seen, in words where there are some. */
export const filled = (text: Bilingual, facts: Facts): Bilingual => ({
  zh: fill(text, facts, 'zh'),
  en: fill(text, facts, 'en'),
})

/** What is not known is shown as unknown: words must not keep an alert from being told. */
const fill = (text: Bilingual, facts: Facts, language: keyof Bilingual): string =>
  text[language].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(facts[name] ?? '?')
    return termFor(name, value)?.[language] ?? value
  })
