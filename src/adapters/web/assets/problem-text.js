// @ts-check
import { problemKey, say } from './text.js'

/** @typedef {import('./api.js').Problem} Problem */
/** @typedef {import('./screen.js').Model} Model */

/**
 * A problem in the payer's words; only one that nobody foresaw shows its number.
 * @type {(model: Model, problem: Problem) => string}
 */
export const problemText = ({ lang, choice }, { code, retryAfterS, requestId }) => {
  const key = problemKey(code)
  const text = say(lang, key, { provider: say(lang, choice ?? 'payHeading'), seconds: retryAfterS || 60 })
  const isUnforeseen = key === 'problem.UNKNOWN' && requestId !== ''
  return isUnforeseen ? `${text} ${say(lang, 'reference', { id: requestId })}` : text
}
