import { type Answer, type Data, type Page, refused, toJson } from './api.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

/** A list's columns, and what stands in them for one thing. */
export type Columns<T> = { readonly head: readonly string[]; readonly cells: (one: T) => readonly (string | null)[] }

/** A page as the API gives it, or as a table with where it goes on. */
export const printList = <T>(
  answer: Answer<Page<T>>,
  { head, cells }: Columns<T>,
  json: boolean,
  terminal: Terminal,
): ExitCode => {
  if (!answer.ok) return refused(answer.problem, terminal, json)
  const { data, page } = answer.json
  if (json) {
    terminal.print(toJson(answer.json))
    return 0
  }
  const rows = data.map((one) => cells(one).map((cell) => cell ?? '-'))
  for (const line of tableOf([head, ...rows])) terminal.print(line)
  if (page.nextCursor !== null) terminal.tell(`more 还有: --cursor ${page.nextCursor}`)
  return 0
}

/** One thing as the API gives it, or as lines for a person. */
export const printData = <T>(
  answer: Answer<Data<T>>,
  lines: (data: T) => readonly string[],
  json: boolean,
  terminal: Terminal,
): ExitCode => {
  if (!answer.ok) return refused(answer.problem, terminal, json)
  if (json) terminal.print(toJson(answer.json))
  else for (const line of lines(answer.json.data)) terminal.print(line)
  return 0
}
