import type { Fulfilment } from '../../domain/product.ts'
import { broken, invariant, wordOf } from './row-values.ts'

/** A JSON object in a text column, with readers that refuse what should not be there. */
export type JsonObject = {
  readonly keys: readonly string[]
  text(key: string): string
  integer(key: string): number
  textOrNumber(key: string): string | number
}

export const parseObject = (json: string): JsonObject => objectOf(JSON.parse(json))

/** A JSON list of objects. */
export const parseObjects = (json: string): readonly JsonObject[] => {
  const values: unknown = JSON.parse(json)
  if (!Array.isArray(values)) throw broken('not a JSON list')
  return values.map(objectOf)
}

const objectOf = (value: unknown): JsonObject => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('not a JSON object')
  const fields = new Map<string, unknown>(Object.entries(value))
  return {
    keys: [...fields.keys()],
    text(key) {
      const text = fields.get(key)
      if (typeof text !== 'string') throw broken(`${key} is not a text`)
      return text
    },
    integer(key) {
      const number = fields.get(key)
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw broken(`${key} is not an integer`)
      return number
    },
    textOrNumber(key) {
      const value = fields.get(key)
      if (typeof value !== 'string' && typeof value !== 'number') throw broken(`${key} is neither text nor number`)
      return value
    },
  }
}

export const fulfilmentJson = (fulfilment: Fulfilment): string => JSON.stringify(fulfilment)

export const toFulfilment = (json: string): Fulfilment => {
  const object = parseObject(json)
  const type = wordOf(['access', 'points', 'goods'], object.text('type'))
  switch (type) {
    case 'access': {
      invariant(object.keys.length === 3, 'a fulfilment has other fields')
      const delivery = wordOf(['grant', 'code'], object.text('delivery'))
      return { type, delivery, validityDays: object.integer('validityDays') }
    }
    case 'points':
      invariant(object.keys.length === 3, 'a fulfilment has other fields')
      return { type, points: object.integer('points'), bonusPoints: object.integer('bonusPoints') }
    case 'goods':
      invariant(object.keys.length === 2, 'a fulfilment has other fields')
      return { type, sku: object.text('sku') }
  }
}
