// @ts-check
import { by, setText } from './dom.js'
import { HURRY_MS } from './order-view.js'
import { outcomeTitle } from './outcome-view.js'
import { say } from './text.js'

/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./text.js').TextKey} TextKey */

/** @type {Readonly<Record<Screen, TextKey>>} */
const STATUS = {
  loading: 'status.loading',
  choose: 'status.choose',
  preparing: 'status.preparing',
  waiting: 'status.waiting',
  paid: 'paidTitle',
  expired: 'expiredTitle',
  cancelled: 'cancelledTitle',
  refunded: 'refundedTitle',
  error: 'status.error',
}

/**
 * The line that is read out at each change, and the window's title.
 * @type {(model: Model, screen: Screen, now: number) => void}
 */
export const renderStatus = (model, screen, now) => {
  const { lang, choice, online } = model
  const status = by('status')
  const outcome = outcomeTitle(model, screen)
  const key = outcome ?? (online ? pendingKey(model, screen, now) : 'status.offline')
  status.dataset.state = screen
  status.classList.toggle('offline', !online)
  setText(status, say(lang, key, { provider: say(lang, choice ?? 'payHeading') }))
  document.title = (outcome === undefined ? '' : `${say(lang, outcome)} · `) + say(lang, 'title')
}

/** @type {(model: Model, screen: Screen, now: number) => TextKey} */
const pendingKey = ({ order, notice }, screen, now) => {
  if (screen !== 'waiting') return STATUS[screen]
  if (notice !== undefined) return `status.${notice}`
  const isLate = order !== undefined && Date.parse(order.expiresAt) - now < HURRY_MS
  return isLate ? 'status.hurry' : 'status.waiting'
}
