import { AWKWARD_JSON, AWKWARD_TEXT } from './awkward-values.ts'
import { alter } from './alterations.ts'
import { callerFor, calledBy, type Draft, draftOf, pick, type Source, writeDraft } from './draft.ts'
import { type Choose, placesIn, replaceAt } from './examples.ts'
import type { Input } from './input.ts'

/** A request to any route by anybody, with none, one, two or more things done to it. */
export const anyRequest = (source: Source, choose: Choose): Input => {
  const operation = pick(choose, source.operations)
  const { credentials } = source.shop
  const caller = choose(10) < 7 ? callerFor(operation) : pick(choose, Object.keys(credentials))
  let draft = calledBy(draftOf(source, operation, choose), credentials[caller])
  if (operation.isIdempotent && choose(4) === 0)
    draft = { ...draft, headers: [...draft.headers, ['Idempotency-Key', `shared-${choose(40)}`]] }
  for (let left = pick(choose, [0, 1, 1, 1, 2, 2, 2, 2, 3, 6]); left > 0; left -= 1) draft = alter(draft, choose)
  return writeDraft(draft)
}

/** Each field of each route with each awkward value, one at a time. */
export function* everyField(source: Source): Generator<Input> {
  for (const operation of source.operations) {
    const first: Choose = () => 0
    const whole: Draft = calledBy(draftOf(source, operation, first), source.shop.credentials[callerFor(operation)])
    for (const place of placesIn(whole.json))
      for (const value of whole.json === undefined ? [] : [undefined, ...AWKWARD_JSON])
        yield writeDraft({ ...whole, json: replaceAt(whole.json, place, value) })
    for (const name of Object.keys(operation.params))
      for (const value of AWKWARD_TEXT) yield writeDraft({ ...whole, params: { ...whole.params, [name]: value } })
    for (const name of Object.keys(operation.query))
      for (const value of AWKWARD_TEXT) yield writeDraft({ ...whole, query: [[name, value]] })
  }
}
