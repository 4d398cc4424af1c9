// Alipay's own rule, and what would let a signed text be cut another way.
const SEPARATORS = /[/=&]/gu
// Control and format characters, and everything outside the first plane (emoji), whose fate at Alipay is unknown.
const UNSENDABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u{10000}-\u{10FFFF}]/gu
const MAX_LENGTH = 256

/** A text as Alipay accepts it in `subject` and `refund_reason`; may come out empty. */
export const toOrderText = (text: string): string =>
  text
    .replaceAll(SEPARATORS, ' ')
    .replaceAll(UNSENDABLE, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .slice(0, MAX_LENGTH)
    .trimEnd()
