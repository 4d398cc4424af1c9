// @ts-check
import { by, translatePage } from './dom.js'
import { renderOrder } from './order-view.js'
import { outcomeTitle, renderOutcome } from './outcome-view.js'
import { renderPay } from './pay-view.js'
import { screenOf } from './screen.js'
import { renderStatus } from './status-view.js'

/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./screen.js').Screen} Screen */

/**
 * Turns the model into what is on the page; it decides nothing that the model does not say.
 * @type {(model: Model, now: number, sandboxUrl: string) => void}
 */
export const render = (model, now, sandboxUrl) => {
  const screen = screenOf(model, now)
  const focused = document.activeElement
  const title = outcomeTitle(model, screen)
  const hadCode = !by('i-have-paid').hidden
  translatePage(model.lang)
  document.body.dataset.ended = title === undefined ? '' : screen
  by('pay').hidden = title !== undefined || screen === 'loading'
  renderOrder(model, screen, now)
  renderPay(model, screen, now, sandboxUrl)
  renderOutcome(model, screen)
  renderStatus(model, screen, now)
  if (screen === 'waiting' && !hadCode) by('code').scrollIntoView({ block: 'nearest' })
  if (focused instanceof HTMLElement && by('checkout').contains(focused) && focused.offsetParent === null) {
    rescueFocus(screen, title !== undefined)
  }
}

/** Whoever uses the keyboard goes on from what replaced the button that is gone, not from the top of the page. */
const rescueFocus = (/** @type {Screen} */ screen, /** @type {boolean} */ hasEnded) => {
  if (!hasEnded) by('status').focus()
  else by(screen === 'paid' ? 'paid-title' : 'ended-title').focus()
}
