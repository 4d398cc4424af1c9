type IconName = 'tick' | 'check' | 'clock' | 'cross' | 'back' | 'alert' | 'wechat' | 'alipay'

/** One of the page's symbols; beside it there is always a word, so it says nothing to a screen reader. */
export const icon = (name: IconName, attributes = ''): string =>
  `<svg class="icon" aria-hidden="true" focusable="false"><use ${attributes}href="#icon-${name}"/></svg>`

const symbol = (name: IconName, drawing: string): string =>
  `<symbol id="icon-${name}" viewBox="0 0 24 24">${drawing}</symbol>`

const line = (name: IconName, path: string): string =>
  symbol(
    name,
    `<path d="${path}" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`,
  )

/** Drawn once, at the top of the page, and used by name from there. */
export const SYMBOLS = `<svg width="0" height="0" class="symbols" aria-hidden="true">
${[
  line('tick', 'M5 12.5l4.5 4.5L19 7.5'),
  line('check', 'M6 12.5l4 4 8-8.5'),
  line('clock', 'M12 6.5V12l3.5 2.5M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17'),
  line('cross', 'M7.5 7.5l9 9M16.5 7.5l-9 9'),
  line('back', 'M8.5 6L5 9.5 8.5 13M5 9.5h8.5a4.5 4.5 0 0 1 0 9H9'),
  line('alert', 'M12 6v7.5M12 17.5v.1'),
  symbol(
    'wechat',
    `<rect width="24" height="24" rx="6" fill="#07c160"/><g fill="#fff"><path d="M6 12.5l-.6 3.2 3.4-1.6z"/><ellipse cx="9.7" cy="10" rx="5.7" ry="4.7"/><path d="M17.5 16.5l1 2.3-3-1.2z"/><ellipse cx="14.9" cy="14.2" rx="4.7" ry="3.9" stroke="#07c160" stroke-width=".9"/></g><g fill="#07c160"><circle cx="7.8" cy="9" r=".8"/><circle cx="11.4" cy="9" r=".8"/><circle cx="13.4" cy="13.4" r=".7"/><circle cx="16.4" cy="13.4" r=".7"/></g>`,
  ),
  symbol(
    'alipay',
    `<rect width="24" height="24" rx="6" fill="#1677ff"/><text x="12" y="17" text-anchor="middle" font-size="14" font-weight="700" fill="#fff">支</text>`,
  ),
].join('\n')}
</svg>`
