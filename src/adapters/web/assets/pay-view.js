// @ts-check
import { by, fill, setText } from './dom.js'
import { problemText } from './problem-text.js'
import { qrImage } from './qr.js'
import { refusalOf } from './screen.js'
import { price, say } from './text.js'

/** @typedef {import('./api.js').Provider} Provider */
/** @typedef {import('./screen.js').Model} Model */
/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {import('./text.js').TextKey} TextKey */

/** @type {Readonly<Record<Provider, { readonly scan: TextKey, readonly qr: TextKey }>>} */
const WORDS = { wechat: { scan: 'scanWechat', qr: 'qrWechat' }, alipay: { scan: 'scanAlipay', qr: 'qrAlipay' } }

/**
 * The choice of a provider and, below, its code or why there is none.
 * @type {(model: Model, screen: Screen, now: number, sandboxUrl: string) => void}
 */
export const renderPay = (model, screen, now, sandboxUrl) => {
  for (const button of document.querySelectorAll('#methods button')) {
    button.setAttribute('aria-pressed', String(button.id === `pay-${model.choice}`))
  }
  by('code').hidden = screen !== 'waiting' && screen !== 'preparing'
  if (model.choice !== undefined) renderCode(model, model.choice, sandboxUrl)
  renderAsk(model, screen)
  renderProblem(model, screen, now)
}

/** @type {(model: Model, choice: Provider, sandboxUrl: string) => void} */
const renderCode = ({ lang, order, codes }, choice, sandboxUrl) => {
  const codeUrl = codes[choice]?.codeUrl
  if (order === undefined) return
  by('code').dataset.provider = choice
  setText(by('scan-hint'), say(lang, WORDS[choice].scan))
  const label = say(lang, WORDS[choice].qr, { amount: price(order.amount, order.currency) })
  fill(by('qr'), `${label} ${codeUrl}`, () => (codeUrl === undefined ? [] : [qrImage(codeUrl, label)]))
  if (sandboxUrl === '') return
  by('sandbox-pay').hidden = codeUrl === undefined
  by('sandbox-pay').setAttribute('href', `${sandboxUrl}/pay?code=${encodeURIComponent(codeUrl ?? '')}`)
}

/** Disabled for assistive technology only: a button that really is disabled would drop the focus. */
const renderAsk = (/** @type {Model} */ { lang, notice }, /** @type {Screen} */ screen) => {
  const button = by('i-have-paid')
  button.hidden = screen !== 'waiting'
  button.setAttribute('aria-disabled', String(notice === 'asking'))
  setText(button, say(lang, notice === 'asking' ? 'asking' : 'iHavePaid'))
}

/** @type {(model: Model, screen: Screen, now: number) => void} */
const renderProblem = (model, screen, now) => {
  const refusal = refusalOf(model, now)
  by('problem').hidden = screen !== 'error' || refusal === undefined
  if (refusal === undefined) return
  setText(by('problem-text'), problemText(model, refusal))
  setText(by('try-again'), say(model.lang, refusal.code === 'CODE_EXPIRED' ? 'newCode' : 'tryAgain'))
}
