// @ts-check
import { by, fill, setText, textElement } from './dom.js'
import { countdown, price, say } from './text.js'

/** @typedef {import('./api.js').Item} Item */
/** @typedef {import('./api.js').Order} Order */
/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./text.js').Lang} Lang */
/** @typedef {import('./text.js').TextKey} TextKey */

export const HURRY_MS = 60_000
const FEW_ITEMS = 3
const LONG_AMOUNT = 10

/**
 * What is bought, for how much, and how long it can still be paid.
 * @type {(model: Model, screen: Screen, now: number) => void}
 */
export const renderOrder = ({ lang, order, failure }, screen, now) => {
  by('summary').hidden = order === undefined && failure !== undefined
  by('summary').setAttribute('aria-busy', String(order === undefined))
  setText(by('amount-label'), say(lang, amountLabel(screen)))
  by('time-left').hidden = order === undefined || order.status !== 'pending' || screen === 'expired'
  if (order === undefined) return
  const amount = price(order.amount, order.currency)
  setText(by('amount'), amount)
  by('amount').classList.toggle('long', amount.length > LONG_AMOUNT)
  setText(by('order-number'), order.id)
  const left = Date.parse(order.expiresAt) - now
  setText(by('countdown'), countdown(left))
  by('time-left').classList.toggle('hurry', left < HURRY_MS)
  renderItems(lang, order)
}

/** @type {(screen: Screen) => TextKey} */
const amountLabel = (screen) => {
  if (screen === 'paid' || screen === 'refunded') return 'amountPaid'
  return screen === 'expired' || screen === 'cancelled' ? 'amountOrder' : 'amountDue'
}

/** @type {(lang: Lang, order: Order) => void} */
const renderItems = (lang, { items, currency }) => {
  const list = by('items')
  const isFirst = list.dataset.key === undefined
  fill(list, JSON.stringify([lang, items]), () => items.map((item) => itemRow(lang, item, currency)))
  const count = items.reduce((sum, { quantity }) => sum + quantity, 0)
  setText(by('items-count'), say(lang, 'itemsCount', { count }))
  if (isFirst) by('items-box').toggleAttribute('open', items.length <= FEW_ITEMS || innerWidth >= 800)
}

/** @type {(lang: Lang, item: Item, currency: string) => HTMLElement} */
const itemRow = (lang, { name, quantity, unitPrice }, currency) => {
  const row = document.createElement('li')
  row.append(
    textElement('span', 'name', name),
    textElement('span', 'price', price(unitPrice, currency)),
    textElement('span', 'quantity', say(lang, 'quantity', { count: quantity })),
  )
  return row
}
