import { type OpenApi, resolveSchema, type Schema } from './operations.ts'

/** Gives a choice between so many; from fast-check, so that a seed repeats it. */
export type Choose = (count: number) => number

/** Things that are there, by the names that fields have for them. */
export type Known = Readonly<Record<string, readonly unknown[]>>

/** A value that the schema lets through: something that is there, if the field's name says what it wants. */
export const exampleOf = (document: OpenApi, given: Schema, name: string, known: Known, choose: Choose): unknown => {
  const schema = resolveSchema(document, given)
  const there = known[name]
  if (there !== undefined && there.length > 0) return there[choose(there.length)]
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[choose(schema.enum.length)]
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (variants !== undefined) return exampleOf(document, variants[choose(variants.length)] ?? {}, name, known, choose)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([field]) => schema.required?.includes(field) === true || choose(3) === 0)
          .map(([field, one]) => [field, exampleOf(document, one, field, known, choose)]),
      )
    case 'array':
      return [exampleOf(document, schema.items ?? {}, name, known, choose)]
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1)
    case 'boolean':
      return choose(2) === 0
    case 'null':
      return null
    default:
      return schema.format === 'date-time' ? '2026-11-20T04:00:00.000Z' : (schema.examples?.[0] ?? '测试')
  }
}

/** Where a value has parts that can be replaced. */
export type Path = readonly (string | number)[]

/** Every place in a value, the whole of it first. */
export const placesIn = (value: unknown, at: Path = []): readonly Path[] =>
  typeof value !== 'object' || value === null
    ? [at]
    : [
        at,
        ...Object.entries(value).flatMap(([key, part]) =>
          placesIn(part, [...at, Array.isArray(value) ? Number(key) : key]),
        ),
      ]

/** The value with something else in that place; `undefined` takes the place away. */
export const replaceAt = (value: unknown, [first, ...rest]: Path, part: unknown): unknown => {
  if (first === undefined) return part
  if (Array.isArray(value)) return value.map((one, n) => (n === first ? replaceAt(one, rest, part) : one))
  if (typeof value !== 'object' || value === null) return value
  const { [first]: old, ...others } = value as Readonly<Record<string, unknown>> // An object, as was just seen.
  const changed = replaceAt(old, rest, part)
  return changed === undefined ? others : { ...others, [first]: changed }
}
