// @ts-check
import { by, setText } from './dom.js'
import { isDeadLink } from './order-watch.js'
import { problemText } from './problem-text.js'
import { localTime, price, say } from './text.js'

/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./text.js').TextKey} TextKey */
/** @typedef {{ readonly icon: 'clock' | 'cross' | 'back' | 'alert', readonly title: TextKey, readonly text: TextKey, readonly mayRefresh: boolean }} Ending */

/** @type {Readonly<Record<'expired' | 'cancelled' | 'refunded' | 'partly', Ending>>} */
const ENDINGS = {
  expired: { icon: 'clock', title: 'expiredTitle', text: 'expiredText', mayRefresh: true },
  cancelled: { icon: 'cross', title: 'cancelledTitle', text: 'cancelledText', mayRefresh: true },
  refunded: { icon: 'back', title: 'refundedTitle', text: 'refundedText', mayRefresh: false },
  partly: { icon: 'back', title: 'partlyRefundedTitle', text: 'partlyRefundedText', mayRefresh: true },
}

/**
 * The title of an end that the page has come to, or undefined while something can still be done here.
 * @type {(model: Model, screen: Screen) => TextKey | undefined}
 */
export const outcomeTitle = (model, screen) => (screen === 'paid' ? 'paidTitle' : endingOf(model, screen)?.title)

/**
 * Paid, or the other ends; each with what it means for the payer's money.
 * @type {(model: Model, screen: Screen) => void}
 */
export const renderOutcome = (model, screen) => {
  const ending = endingOf(model, screen)
  by('paid').hidden = screen !== 'paid'
  by('ended').hidden = ending === undefined
  if (screen === 'paid') renderPaid(model)
  if (ending !== undefined) renderEnding(model, ending)
}

/** @type {(model: Model, screen: Screen) => Ending | undefined} */
const endingOf = ({ order, failure }, screen) => {
  if (failure !== undefined) {
    const isLink = isDeadLink(failure) || failure.code === 'LINK_INCOMPLETE'
    return { icon: 'alert', title: isLink ? 'linkTitle' : 'loadTitle', text: 'status.error', mayRefresh: !isLink }
  }
  if (screen === 'refunded') return order?.status === 'refunded' ? ENDINGS.refunded : ENDINGS.partly
  return screen === 'expired' || screen === 'cancelled' ? ENDINGS[screen] : undefined
}

const renderPaid = (/** @type {Model} */ { lang, order }) => {
  if (order === undefined) return
  setText(by('paid-amount'), price(order.amount, order.currency))
  setText(by('paid-order'), order.id)
  by('paid-time').hidden = !order.paidAt
  if (order.paidAt) setText(by('paid-at'), localTime(lang, order.paidAt))
}

/** @type {(model: Model, ending: Ending) => void} */
const renderEnding = (model, { icon, title, text, mayRefresh }) => {
  const { lang, order, failure } = model
  by('ended').dataset.icon = icon
  by('ended-icon').setAttribute('href', `#icon-${icon}`)
  setText(by('ended-title'), say(lang, title))
  setText(by('ended-text'), failure === undefined ? say(lang, text) : problemText(model, failure))
  by('refund').hidden = icon !== 'back'
  if (order !== undefined) setText(by('refunded-amount'), price(order.refundedAmount, order.currency))
  by('refresh').hidden = !mayRefresh
  setText(by('refresh'), say(lang, failure === undefined ? 'refresh' : 'tryAgain'))
}
