import type { ConsoleHeaders } from './console-session.ts'
import { jsonOf } from './awkward-values.ts'
import { type Choose, exampleOf } from './examples.ts'
import type { Header, Input } from './input.ts'
import type { OpenApi, Operation } from './operations.ts'
import type { Shop } from './shop.ts'

export type Source = { readonly document: OpenApi; readonly operations: readonly Operation[]; readonly shop: Shop }

/** A request that has not been written yet, so that each part of it can still be changed. */
export type Draft = {
  readonly operation: Operation
  readonly method: string
  readonly params: Readonly<Record<string, string>>
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: readonly Header[]
  /** What a JSON body says; other bodies stand in `bytes`. */
  readonly json: unknown
  readonly bytes: Buffer | undefined
}

export const pick = <T>(choose: Choose, from: readonly T[]): T => {
  const found = from[choose(from.length)]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}

/** A request that the operation should be content with, as far as its document says what it wants. */
export const draftOf = ({ document, shop }: Source, operation: Operation, choose: Choose): Draft => {
  const valueOf = (schema: object, name: string): unknown => exampleOf(document, schema, name, shop.known, choose)
  const params = Object.entries(operation.params).map(([name, schema]) => [name, textOf(valueOf(schema, name))])
  const isUpload = operation.path.endsWith('/import')
  const query = Object.entries(operation.query).filter(() => isUpload || choose(3) === 0)
  return {
    operation,
    method: operation.method,
    params: Object.fromEntries(params),
    query: query.map(([name, schema]) => [name, textOf(valueOf(schema, name))]),
    headers: [
      ['X-Forwarded-For', `10.${choose(256)}.${choose(256)}.${choose(256)}`],
      ...(operation.body === undefined ? [] : [['Content-Type', operation.body.type] as const]),
      ...(isUpload ? [['Content-Type', 'application/octet-stream'] as const] : []),
    ],
    json: operation.body && valueOf(operation.body.schema, ''),
    bytes: isUpload ? Buffer.from(`交易时间,公众账号ID\n${choose(100)}`) : undefined,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Who is most likely to be let in. */
export const callerFor = ({ path }: Operation): string => {
  if (path.includes('/admin/session')) return 'operator'
  return path.includes('/admin/') ? 'admin' : 'owner'
}

export const calledBy = (draft: Draft, credentials: ConsoleHeaders = []): Draft => ({
  ...draft,
  headers: [...draft.headers, ...credentials],
})

/** Writes it down; what stands in path and query is escaped, but not what is escaped already. */
export const writeDraft = ({ operation, method, params, query, headers, json, bytes }: Draft): Input => {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inAddress(params[name] ?? ''))
  const pairs = query.map(([name, value]) => `${inAddress(name)}=${inAddress(value)}`)
  const body = bytes ?? (json === undefined ? Buffer.alloc(0) : Buffer.from(jsonOf(json)))
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
  return { about: operation.name, method, target, headers, body, isWhole: true }
}

/** Percent signs stay as they are: half of what is to be tried consists of them. */
const inAddress = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^!$%()*,./0-9:;=@A-Z_a-z~[\]-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
