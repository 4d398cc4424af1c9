import type { ParameterizedContext } from 'koa'
import type { Language } from './language.ts'

/** What is known of a request before any route sees it. */
export type RequestState = {
  readonly requestId: string
  /** Only where the request is followed. */
  traceId: string | undefined
  readonly language: Language
  /** The client's address, past the proxies we trust. */
  readonly ip: string
  /** The pattern of the route that took it; of what was really asked for, at most the order's id reaches a log. */
  route: string | undefined
  /** What the route adds to the access log line. */
  readonly logged: Record<string, string | undefined>
}

export type Context = ParameterizedContext<RequestState, { params?: Readonly<Record<string, string>> }>

/** A parameter of the path, decoded; empty where the route has none of that name. */
export const param = (ctx: Context, name: string): string => ctx.params?.[name] ?? ''
