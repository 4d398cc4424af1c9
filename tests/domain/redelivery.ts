import * as fc from 'fast-check'
import type { Result } from 'neverthrow'

/** Delivers the facts in this order, and the refused ones again and again until none is accepted any more. */
export const settle = <S, E>(
  transition: (state: S, event: E) => Result<readonly [S, readonly unknown[]], unknown>,
  start: S,
  facts: readonly E[],
): S => {
  let state = start
  let waiting = facts
  for (;;) {
    const refused: E[] = []
    for (const fact of waiting) {
      const next = transition(state, fact)
      if (next.isOk()) state = next.value[0]
      else refused.push(fact)
    }
    if (refused.length === waiting.length) return state
    waiting = refused
  }
}

export const permutationsOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) => permutationsOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))

/** All of the facts, some of them more than once, shuffled. */
export const inAnyOrder = <T>(facts: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.array(fc.nat(), { maxLength: 6 }).chain((picks) => {
    const delivered = [...facts, ...picks.flatMap((pick) => facts.slice(pick % facts.length).slice(0, 1))]
    return fc.shuffledSubarray(delivered, { minLength: delivered.length })
  })
