/** A schema of the OpenAPI document, as far as it says what a value may be. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
}

export type Operation = {
  readonly name: string
  readonly method: string
  /** Parameters as `{name}`. */
  readonly path: string
  readonly query: Readonly<Record<string, Schema>>
  readonly params: Readonly<Record<string, Schema>>
  readonly body: { readonly type: string; readonly schema: Schema } | undefined
  readonly isIdempotent: boolean
  /** Whether it is a gateway that calls. */
  readonly isNotify: boolean
}

type Parameter = { readonly name: string; readonly in: string; readonly schema?: Schema }
type Described = {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
}
export type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** Every operation that the service says it has. */
export const operationsOf = ({ paths }: OpenApi): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operationOf(method.toUpperCase(), path, described)),
  )

const operationOf = (method: string, path: string, { parameters = [], requestBody }: Described): Operation => {
  const [content] = Object.entries(requestBody?.content ?? {})
  const where = (place: string) =>
    Object.fromEntries(parameters.filter((one) => one.in === place).map(({ name, schema = {} }) => [name, schema]))
  return {
    name: `${method} ${path}`,
    method,
    path,
    query: where('query'),
    params: where('path'),
    body: content && { type: content[0], schema: content[1].schema ?? {} },
    isIdempotent: parameters.some(({ name }) => name === 'Idempotency-Key'),
    isNotify: path.endsWith('/notify'),
  }
}

/** What the document leaves out: pages, their files, and the document itself. */
export const PAGES: readonly Operation[] = [
  ['/openapi.json', []],
  ['/docs', []],
  ['/docs/{file}', ['file']],
  ['/cashier/{orderId}', ['orderId']],
  ['/cashier/{orderId}/return', ['orderId']],
  ['/cashier/assets/{file}', ['file']],
  ['/sandbox', []],
  ['/', []],
  ['/console', []],
  ['/api/v1/{file}', ['file']],
].map(([path, names]) => ({
  name: `GET ${String(path)}`,
  method: 'GET',
  path: String(path),
  query: { lang: { enum: ['zh', 'en'] }, out_trade_no: { type: 'string' } },
  params: Object.fromEntries([names].flat().map((name) => [name, { type: 'string' }])),
  body: undefined,
  isIdempotent: false,
  isNotify: false,
}))

/** Follows a reference into the document. */
export const resolveSchema = (document: OpenApi, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
