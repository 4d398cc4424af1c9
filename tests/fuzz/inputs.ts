import { array, nat, noBias, sample } from 'fast-check'
import { anyCallback, everyByte, type Genuine } from './callbacks.ts'
import { pick, type Source } from './draft.ts'
import type { Choose } from './examples.ts'
import { anyFraming } from './framing.ts'
import type { Input } from './input.ts'
import { anyRequest, everyField } from './requests.ts'

/** What inputs are made of: routes, things that are there, and messages about them. */
export type Stock = Source & { readonly messages: readonly Genuine[] }

/** More than any input makes; where one makes more, they begin anew. */
const CHOICES = 64

const tapes = noBias(array(nat(), { minLength: CHOICES, maxLength: CHOICES, size: 'max' }))

/** So many inputs, the same for the same seed and the same things that are there. */
export const someInputs = (
  stock: Stock,
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly Input[] =>
  sample(tapes, { seed, numRuns: count }).map((tape) => {
    const choose = chooserOn(tape)
    const kind = choose(100)
    if (kind < 62) return anyRequest(stock, choose)
    return kind < 90 ? anyCallback(stock.messages, choose) : anyFraming(stock, choose)
  })

const chooserOn = (tape: readonly number[]): Choose => {
  let at = -1
  return (count) => {
    at += 1
    return (tape[at % tape.length] ?? 0) % count
  }
}

/** What leaves nothing to chance: each field with each awkward value, and each byte of a callback; evenly thinned out. */
export const methodicalInputs = (stock: Stock, most: number): readonly Input[] => {
  const chosen = ['wechat payment', 'alipay payment', 'wechat refund SUCCESS', 'alipay refund'].flatMap(
    (about) => stock.messages.find((one) => one.about === about) ?? [],
  )
  const all = [...everyField(stock), ...chosen.flatMap((message) => [...everyByte(message)])]
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(all.length, most) }, (_, n) => pick(() => Math.floor(n * step), all))
}
