import * as fc from 'fast-check'
import type { Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'

/** What a machine must say in one state to one event: where it goes, that nothing changes, or the code of its refusal. */
type Outcome = string

export type Machine<S extends { readonly status: string }, E extends { readonly at: Date }> = {
  readonly name: string
  readonly transition: (
    state: S,
    event: E,
  ) => Result<readonly [S, readonly { readonly at: Date }[]], { readonly code: string }>
  /** One example of each state and one of each thing that can be said to it. */
  readonly states: Readonly<Record<string, S>>
  readonly events: Readonly<Record<string, E>>
  /** `→ status`, `silent` or an error code, for every state and every event. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, Outcome>>>>
  /** Every arrow there is, as `from → to`. */
  readonly arrows: readonly string[]
  readonly final: readonly S['status'][]
  /** Where every history begins; it holds nothing but the facts that no event changes. */
  readonly start: S
  /** Any state that some history leads to from there. */
  readonly anyState: fc.Arbitrary<S>
  readonly anyEvent: fc.Arbitrary<E>
}

/** What holds for each machine, whichever it is: the whole table, and the laws of repetition and finality. */
export const machineContract = <S extends { readonly status: string }, E extends { readonly at: Date }>(
  machine: Machine<S, E>,
): void => {
  theWholeTable(machine)
  theLaws(machine)
}

const sentence = (name: string, state: string, event: string, outcome: Outcome): string => {
  const subject = `${/^[aeiou]/.test(state) ? 'an' : 'a'} ${state} ${name}`
  if (outcome === 'silent') return `${subject} stays as it is, silently, on "${event}"`
  if (outcome.startsWith('→ ')) return `${subject} becomes ${outcome.slice(2)} on "${event}"`
  return `${subject} refuses "${event}" with ${outcome}`
}

const theWholeTable = <S extends { readonly status: string }, E extends { readonly at: Date }>(
  machine: Machine<S, E>,
): void => {
  describe(`every event in every state of the ${machine.name}`, () => {
    for (const [stateName, state] of Object.entries(machine.states))
      for (const [eventName, event] of Object.entries(machine.events)) {
        const outcome = machine.outcomes[stateName]?.[eventName] ?? 'nothing: the table has a hole'
        it(sentence(machine.name, stateName, eventName, outcome), () => {
          expect(answer(machine, state, event)).toBe(outcome)
        })
      }

    it('draws the arrows that the table holds and no other', () => {
      const drawn = Object.entries(machine.outcomes).flatMap(([stateName, row]) =>
        Object.values(row)
          .filter((outcome) => outcome.startsWith('→ '))
          .map((outcome) => `${machine.states[stateName]?.status} ${outcome}`),
      )
      expect(new Set(drawn)).toEqual(new Set(machine.arrows))
    })
  })
}

const answer = <S extends { readonly status: string }, E extends { readonly at: Date }>(
  machine: Machine<S, E>,
  state: S,
  event: E,
): Outcome => {
  const result = machine.transition(Object.freeze(state), Object.freeze(event))
  if (result.isErr()) return result.error.code
  const [next, announced] = result.value
  return announced.length === 0 && next === state ? 'silent' : `→ ${next.status}`
}

const RUNS = { numRuns: 300 }

const theLaws = <S extends { readonly status: string }, E extends { readonly at: Date }>({
  name,
  transition,
  outcomes,
  arrows,
  final,
  start,
  anyState,
  anyEvent,
}: Machine<S, E>): void => {
  describe(`after any history the ${name}`, () => {
    const refusals = new Set(Object.values(outcomes).flatMap((row) => Object.values(row)))

    it('answers every event with a new state or a refusal it has a code for', () => {
      fc.assert(
        fc.property(anyState, anyEvent, (state, event) => {
          const result = transition(state, event)
          expect(result.isOk() || refusals.has(result.error.code)).toBe(true)
        }),
        RUNS,
      )
    })

    it('moves along a drawn arrow or not at all', () => {
      fc.assert(
        fc.property(anyState, anyEvent, (state, event) => {
          transition(state, event).map(([next, announced]) => {
            if (announced.length > 0) expect(arrows).toContain(`${state.status} → ${next.status}`)
          })
        }),
        RUNS,
      )
    })

    it('changes exactly when it announces something, and dates the news with the event', () => {
      fc.assert(
        fc.property(anyState, anyEvent, (state, event) => {
          transition(state, event).map(([next, announced]) => {
            if (announced.length === 0) expect(next).toBe(state)
            else expect(next).not.toEqual(state)
            for (const news of announced) expect(news.at).toEqual(event.at)
          })
        }),
        RUNS,
      )
    })

    it('still holds all it was made with', () => {
      fc.assert(
        fc.property(anyState, (state) => {
          expect({ ...state, ...start, status: state.status }).toStrictEqual(state)
        }),
        RUNS,
      )
    })

    it('changes nothing when the last accepted event is repeated', () => {
      fc.assert(
        fc.property(anyState, anyEvent, (state, event) => {
          const once = transition(state, event)
          fc.pre(once.isOk())
          const [next] = once._unsafeUnwrap()
          expect(transition(next, event)._unsafeUnwrap()).toEqual([next, []])
        }),
        RUNS,
      )
    })

    it.each(final)('never leaves %s', (status) => {
      let met = 0
      fc.assert(
        fc.property(anyState, anyEvent, (state, event) => {
          if (state.status !== status) return
          met += 1
          transition(state, event).map((result) => expect(result).toEqual([state, []]))
        }),
        { numRuns: 500 },
      )
      expect(met).toBeGreaterThan(0)
    })
  })
}
