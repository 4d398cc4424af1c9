import { userInfo } from 'node:os'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Api, Answer, Problem } from '../adapters/cli/api.ts'
import { createHttpApp } from '../adapters/http/app.ts'
import { inProcessClient, type InProcessRequest } from '../adapters/http/in-process.ts'
import type { HttpDeps } from '../adapters/http/app.ts'

const BASE = '/api/v1'
const HOUR_MS = 3_600_000

export type LocalApi = Api & { close(): void }

/**
 * The service's own API, asked in this process by whoever is at the terminal: the routes, their checks, their answers
 * and their records in the audit log are those of everybody else. Who may read the database and its key is an admin.
 */
export const openLocalApi = (deps: HttpDeps): LocalApi => {
  const app = createHttpApp({
    ...deps,
    authenticate: async () => ({
      userId: `cli:${userInfo().username}`,
      role: 'admin',
      expiresAt: new Date(deps.clock.now().getTime() + HOUR_MS),
    }),
  })
  const client = inProcessClient(app)
  const headers = { authorization: 'Bearer terminal', 'x-request-id': `cli-${deps.ids.entity()}` }
  const send = (asked: Omit<InProcessRequest, 'headers'>, more: Readonly<Record<string, string>> = {}) =>
    client.send({ ...asked, path: BASE + asked.path, headers: { ...headers, ...more } })
  return {
    get: async (path, query = {}) => jsonOf(await send({ method: 'GET', path: path + search(query) })),
    post: async (path, body) =>
      jsonOf(await send({ method: 'POST', path, body: JSON.stringify(body) }, { 'content-type': 'application/json' })),
    async download(path, query) {
      const answer = await send({ method: 'GET', path: path + search(query) })
      if (!isOk(answer)) return refusalOf(answer)
      answer.setEncoding('utf8')
      return { ok: true, json: answer }
    },
    close: () => client.close(),
  }
}

const search = (query: Readonly<Record<string, string | number | undefined>>): string => {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return `?${given.toString()}`
}

const isOk = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300

/** The answer was made from the schema that documents it, which is the shape the caller names. */
const jsonOf = async <T>(answer: IncomingMessage): Promise<Answer<T>> =>
  isOk(answer) ? { ok: true, json: JSON.parse(await text(answer)) as T } : refusalOf(answer)

const refusalOf = async (answer: IncomingMessage): Promise<Answer<never>> => ({
  ok: false,
  problem: JSON.parse(await text(answer)) as Problem, // RFC 9457, whatever went wrong.
})
