// @ts-check
import { by, setText, translatePage } from './dom.js'
import { renderOutcome } from './outcome-view.js'
import { screenOf } from './screen.js'
import { say } from './text.js'

/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./text.js').TextKey} TextKey */
/** @typedef {'paid' | 'waiting' | 'ended' | 'unknown'} Standing how an order stands, as anybody may know */

/** @type {Readonly<Record<Standing, { readonly title: TextKey, readonly words: TextKey }>>} */
const STANDINGS = {
  paid: { title: 'paidTitle', words: 'paidText' },
  waiting: { title: 'confirmingTitle', words: 'confirmingText' },
  unknown: { title: 'unknownTitle', words: 'unknownText' },
  ended: { title: 'overTitle', words: 'overText' },
}

/** @type {(text: string | undefined) => Standing} */
export const standingFrom = (text) => (text === 'paid' || text === 'waiting' || text === 'ended' ? text : 'unknown')

/**
 * An order that is known stands as it says itself; one that is not, as the service says to anybody.
 * @type {(model: Model, told: Standing) => Standing}
 */
export const standingOf = ({ order }, told) => {
  switch (order?.status) {
    case undefined:
      return told
    case 'pending':
      return told === 'unknown' ? 'unknown' : 'waiting'
    case 'paid':
    case 'partially_refunded':
      return 'paid'
    case 'refunded':
    case 'cancelled':
    case 'expired':
      return 'ended'
  }
}

/**
 * What a payer who comes back sees: with the cashier's link the order as the cashier would show it, without it only
 * how it stands.
 * @type {(model: Model, told: Standing, mayPay: boolean) => void}
 */
export const renderReturn = (model, told, mayPay) => {
  const standing = standingOf(model, told)
  const { title, words } = STANDINGS[standing]
  const isOver = model.order !== undefined && model.order.status !== 'pending'
  translatePage(model.lang)
  setText(by('standing-title'), say(model.lang, title))
  setText(by('standing-text'), say(model.lang, words))
  setText(by('status'), say(model.lang, title))
  by('status').dataset.state = standing
  document.title = `${say(model.lang, title)} · ${say(model.lang, 'title')}`
  if (isOver) renderOutcome(model, screenOf(model, 0))
  else by('paid').hidden = standing !== 'paid'
  by('paid-facts').hidden = !isOver
  by('standing').hidden = isOver || standing === 'paid'
  by('ask-again').hidden = standing === 'ended'
  by('back-to-cashier').hidden = !mayPay || standing === 'ended'
}
