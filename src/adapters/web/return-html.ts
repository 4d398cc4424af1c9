import type { Standing } from '../../application/payments/check-order.ts'
import { outcomes } from './cashier-html.ts'
import { icon } from './cashier-icons.ts'
import { escapeHtml, type Lang, type PageFiles, shellHtml, type TextKey, textIn } from './page-shell.ts'

export type ReturnPage = {
  readonly orderId: string
  readonly lang: Lang
  readonly standing: Standing
  readonly isSandbox: boolean
  readonly files: PageFiles
}

/** Where a gateway's own page sends the payer back to: it tells anybody how the order stands, and nothing else of it. */
export const returnHtml = ({ orderId, lang, standing, isSandbox, files }: ReturnPage): string => {
  const text = textIn(lang)
  const { title, words } = STANDINGS[standing]
  const place = `/cashier/${escapeHtml(orderId)}`
  return shellHtml({
    lang,
    data: { 'order-id': orderId, standing, ended: standing },
    isSandbox,
    files,
    main: `<main>
<section class="card alone" id="checkout">
<p id="status" role="status" aria-live="polite" tabindex="-1" data-state="${standing}" ${text(title)}</p>
<div class="outcome" id="standing"${standing === 'paid' ? ' hidden' : ''}>
${icon('clock')}
<h2 id="standing-title" ${text(title)}</h2>
<p id="standing-text" ${text(words)}</p>
<a class="plain" id="ask-again" href="${place}/return" ${text('refresh')}</a>
<a id="back-to-cashier" href="${place}" hidden ${text('backToCashier')}</a>
</div>
${outcomes(text, standing === 'paid')}
</section>
</main>`,
  })
}

const STANDINGS: Readonly<Record<Standing, { readonly title: TextKey; readonly words: TextKey }>> = {
  paid: { title: 'paidTitle', words: 'paidText' },
  waiting: { title: 'confirmingTitle', words: 'confirmingText' },
  unknown: { title: 'unknownTitle', words: 'unknownText' },
  ended: { title: 'overTitle', words: 'overText' },
}
