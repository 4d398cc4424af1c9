import { call, type Json } from '../wire/payer.ts'
import type { Stage } from './stage.ts'

const NAME = 'the.fuzz'
const PASSWORD = 'seven people wait for a green bus'

/** What a page of the console sends with each call. */
export type ConsoleHeaders = readonly (readonly [name: string, value: string])[]

/** The browser's cookies; it is known by them, so that no failures of strangers lock it out. */
const browsers = new WeakMap<Stage, Map<string, string>>()

/** Signs in an admin of the console, who is hired when they come for the first time. */
export const consoleHeaders = async (stage: Stage): Promise<ConsoleHeaders> => {
  const known = browsers.get(stage)
  if (known !== undefined) return headersOf(known, await signIn(stage, known, PASSWORD))
  const cookies = new Map<string, string>()
  browsers.set(stage, cookies)
  const token = await stage.token('boss', true)
  const hired = await call(stage, '/admin/operators', { token, body: { name: NAME, role: 'admin' } })
  const { oneTimePassword } = hired.json.data
  const csrfToken = await signIn(stage, cookies, oneTimePassword)
  const headers = headersOf(cookies, csrfToken)
  const passwords = { currentPassword: oneTimePassword, newPassword: PASSWORD }
  await post(stage, '/password', headers, passwords)
  return headers
}

const signIn = async (stage: Stage, cookies: Map<string, string>, password: string): Promise<string> => {
  const answer = await post(stage, '', [['Cookie', cookieOf(cookies)]], { name: NAME, password })
  for (const set of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
    cookies.set(name, value)
  }
  return ((await answer.json()) as Json).data.csrfToken
}

const post = async (stage: Stage, path: string, headers: ConsoleHeaders, body: object): Promise<Response> => {
  const answer = await fetch(`${stage.origin}/api/v1/admin/session${path}`, {
    method: 'POST',
    headers: [...headers.map(([name, value]): [string, string] => [name, value]), ['Content-Type', 'application/json']],
    body: JSON.stringify(body),
  })
  if (answer.status !== 200) throw new Error(`no session: ${await answer.text()}`)
  return answer
}

const headersOf = (cookies: ReadonlyMap<string, string>, csrfToken: string): ConsoleHeaders => [
  ['Cookie', cookieOf(cookies)],
  ['X-CSRF-Token', csrfToken],
]

const cookieOf = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
