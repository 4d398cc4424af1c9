// @ts-check
import { isTextKey, say } from './text.js'

/** @typedef {import('./text.js').Lang} Lang */

/** @type {(id: string) => HTMLElement} */
export const by = (id) => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no #${id}`)
  return found
}

/**
 * Untouched text stays untouched, so that a screen reader repeats nothing.
 * @type {(element: Element, text: string) => void}
 */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text
}

/** @type {(tag: string, className: string, text: string) => HTMLElement} */
export const textElement = (tag, className, text) => {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

/**
 * Fills an element again only when what it shows has changed.
 * @type {(element: HTMLElement, key: string, children: () => Node[]) => void}
 */
export const fill = (element, key, children) => {
  if (element.dataset.key === key) return
  element.dataset.key = key
  element.replaceChildren(...children())
}

/**
 * Puts the page's fixed texts into a language.
 * @type {(lang: Lang) => void}
 */
export const translatePage = (lang) => {
  const code = lang === 'zh' ? 'zh-CN' : 'en'
  if (document.documentElement.lang === code) return
  document.documentElement.lang = code
  by('lang').lang = lang === 'zh' ? 'en' : 'zh-CN'
  for (const element of document.querySelectorAll('[data-text]')) {
    const key = element.getAttribute('data-text') ?? ''
    if (isTextKey(key)) setText(element, say(lang, key))
  }
}
