import { icon } from './cashier-icons.ts'
import { type Lang, type PageFiles, shellHtml, type Text, textIn } from './page-shell.ts'

export type CashierProvider = 'wechat' | 'alipay'

export type CashierPage = {
  readonly orderId: string
  readonly lang: Lang
  readonly providers: readonly CashierProvider[]
  readonly sandboxUrl: string | undefined
  readonly files: PageFiles
}

/** The whole page before its script has run: every text in place, the order still to come. */
export const cashierHtml = ({ orderId, lang, providers, sandboxUrl, files }: CashierPage): string => {
  const text = textIn(lang)
  return shellHtml({
    lang,
    data: { 'order-id': orderId, providers: providers.join(), 'sandbox-url': sandboxUrl },
    isSandbox: sandboxUrl !== undefined,
    files,
    main: `<noscript><p class="noscript" ${text('needScript')}</p></noscript>
<main>
${summary(text)}
<section class="card" id="checkout">
<p id="status" role="status" aria-live="polite" tabindex="-1" data-state="loading" ${text('status.loading')}</p>
<div id="pay" hidden>
<h2 id="pay-heading" ${text('payHeading')}</h2>
<div id="methods" role="group" aria-labelledby="pay-heading">
${providers.map((provider) => method(provider, text)).join('\n')}
</div>
${code(sandboxUrl, text)}
<div id="problem" role="alert" hidden>
<p id="problem-text"></p>
<button type="button" class="plain" id="try-again" ${text('tryAgain')}</button>
</div>
</div>
${outcomes(text)}
</section>
</main>`,
  })
}

const summary = (
  text: Text,
): string => `<section class="card" id="summary" aria-labelledby="amount-label" aria-busy="true">
<p id="amount-label" ${text('amountDue')}</p>
<p id="amount"></p>
<p id="time-left" hidden><span ${text('timeLeft')}</span> <span id="countdown" role="timer"></span></p>
<details id="items-box" open>
<summary><span ${text('items')}</span><span id="items-count"></span></summary>
<ul id="items"><li class="blank"></li></ul>
</details>
<dl><dt ${text('orderNumber')}</dt><dd id="order-number"></dd></dl>
</section>`

const method = (provider: CashierProvider, text: Text): string =>
  `<button type="button" id="pay-${provider}" aria-pressed="false">${icon(provider)}<span ${text(provider)}</span>${icon('tick')}</button>`

const code = (sandboxUrl: string | undefined, text: Text): string => `<div id="code" hidden>
<div id="qr"></div>
<p id="scan-hint"></p>
<button type="button" class="plain" id="i-have-paid" ${text('iHavePaid')}</button>
<p class="same-phone" ${text('samePhone')}</p>
${
  sandboxUrl === undefined
    ? ''
    : `<a id="sandbox-pay" target="_blank" rel="noopener" hidden><strong ${text('sandboxPay')}</strong><span ${text('sandboxNote')}</span></a>`
}
</div>`

/** How it ended: paid, or otherwise. `isPaid`: it is known before the script runs, though not of which order. */
export const outcomes = (
  text: Text,
  isPaid = false,
): string => `<div class="outcome" id="paid"${isPaid ? '' : ' hidden'}>
${icon('check')}
<h2 id="paid-title" tabindex="-1" ${text('paidTitle')}</h2>
<p id="paid-amount"></p>
<p ${text('paidText')}</p>
<dl id="paid-facts"${isPaid ? ' hidden' : ''}>
<div><dt ${text('orderNumber')}</dt><dd id="paid-order"></dd></div>
<div id="paid-time"><dt ${text('paidAt')}</dt><dd id="paid-at"></dd></div>
</dl>
<p class="aside" ${text('paidClose')}</p>
</div>
<div class="outcome" id="ended" hidden>
${icon('clock', 'id="ended-icon" ')}
<h2 id="ended-title" tabindex="-1"></h2>
<p id="ended-text"></p>
<dl id="refund" hidden><div><dt ${text('refunded')}</dt><dd id="refunded-amount"></dd></div></dl>
<button type="button" class="plain" id="refresh" ${text('refresh')}</button>
</div>`
