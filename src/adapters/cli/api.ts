import type { ExitCode, Terminal } from './terminal.ts'

/** What the API answered: its JSON as it is, or why it refused. */
export type Answer<T> = { readonly ok: true; readonly json: T } | { readonly ok: false; readonly problem: Problem }

/** RFC 9457, as the API gives it. */
export type Problem = { readonly code: string; readonly detail: string }

type Query = Readonly<Record<string, string | number | undefined>>

/** The API of this service, asked by the operator at the terminal; its answers have the shapes of its documentation. */
export type Api = {
  get<T>(path: string, query?: Query): Promise<Answer<T>>
  post<T>(path: string, body: unknown): Promise<Answer<T>>
  /** Text, part by part. */
  download(path: string, query: Query): Promise<Answer<AsyncIterable<string>>>
}

export type Data<T> = { readonly data: T }
export type Page<T> = { readonly data: readonly T[]; readonly page: { readonly nextCursor: string | null } }

/** Why it was refused. */
export const refused = (problem: Problem, terminal: Terminal, json = false): ExitCode => {
  if (json) terminal.print(toJson(problem))
  else terminal.tell(`shouyin: ${problem.code}: ${problem.detail}`)
  return 1
}

export const toJson = (value: unknown): string => JSON.stringify(value, undefined, 2)
