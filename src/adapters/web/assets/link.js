// @ts-check

/** @typedef {import('./text.js').Lang} Lang */

const LANGUAGE = 'shouyin.lang'

/** A browser may refuse storage (private mode): then the page forgets when it is reloaded, and works until then. */
const recall = (/** @type {() => Storage} */ storage, /** @type {string} */ key) => {
  try {
    return storage().getItem(key)
  } catch {
    return null
  }
}

const keep = (/** @type {() => Storage} */ storage, /** @type {string} */ key, /** @type {string} */ value) => {
  try {
    storage().setItem(key, value)
  } catch {
    return
  }
}

/**
 * The link's token, moved out of the address bar so that neither a screenshot nor a shared address carries it.
 * @type {(orderId: string) => string | undefined}
 */
export const takeToken = (orderId) => {
  const key = `shouyin.cashier.${orderId}`
  const given = location.hash.slice(1)
  if (given !== '') {
    keep(() => sessionStorage, key, given)
    history.replaceState(null, '', location.pathname + location.search)
  }
  const token = given === '' ? recall(() => sessionStorage, key) : given
  return token !== null && /^[\w.~+/=-]{1,4096}$/.test(token) ? token : undefined
}

/** @type {() => Lang} */
export const readLanguage = () => {
  const asked = new URLSearchParams(location.search).get('lang') ?? recall(() => localStorage, LANGUAGE)
  if (asked === 'zh' || asked === 'en') return asked
  return document.documentElement.lang.startsWith('en') ? 'en' : 'zh'
}

/** @type {(lang: Lang) => void} */
export const keepLanguage = (lang) => {
  keep(() => localStorage, LANGUAGE, lang)
  const url = new URL(location.href)
  if (!url.searchParams.has('lang')) return
  url.searchParams.set('lang', lang)
  history.replaceState(null, '', url)
}
