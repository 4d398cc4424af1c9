import type { Bilingual } from './wording.ts'

type Pair = readonly [zh: string, en: string]

const both = ([zh, en]: Pair): Bilingual => ({ zh, en })

/** Title, detail and advice, each in both languages; nothing is to be done where the last is missing. */
export const words = (title: Pair, detail: Pair, advice: Pair = ['无需处理。', 'Nothing to do.']) => ({
  title: both(title),
  detail: both(detail),
  advice: both(advice),
})
