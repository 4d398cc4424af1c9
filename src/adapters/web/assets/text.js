// @ts-check
import TEXT from './text.json' with { type: 'json' }

/** @typedef {'zh' | 'en'} Lang */
/** @typedef {keyof typeof TEXT.zh} TextKey */

/**
 * One text in one language, its `{names}` filled in.
 * @type {(lang: Lang, key: TextKey, values?: Readonly<Record<string, string | number>>) => string}
 */
export const say = (lang, key, values = {}) =>
  TEXT[lang][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))

/** @type {(key: string) => key is TextKey} */
export const isTextKey = (key) => Object.prototype.hasOwnProperty.call(TEXT.zh, key)

/**
 * The words for a problem's code; codes nobody wrote words for share one text.
 * @type {(code: string) => TextKey}
 */
export const problemKey = (code) => {
  const key = `problem.${code}`
  return isTextKey(key) ? key : 'problem.UNKNOWN'
}

/**
 * A decimal string of the contract as a price; it never becomes a number.
 * @type {(amount: string, currency: string) => string}
 */
export const price = (amount, currency) =>
  `${currency === 'CNY' ? '¥' : `${currency} `}${amount.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`

/**
 * `29:59`, or `1:29:59` from an hour on; a begun second counts.
 * @type {(ms: number) => string}
 */
export const countdown = (ms) => {
  const total = Math.max(0, Math.ceil(ms / 1000))
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  const minutes = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`
  return total < 3600 ? minutes : `${Math.floor(total / 3600)}:${minutes}`
}

/** @type {(lang: Lang, iso: string) => string} */
export const localTime = (lang, iso) =>
  new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(
    new Date(iso),
  )
