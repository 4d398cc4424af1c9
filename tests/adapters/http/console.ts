import type { OperatorRole } from '../../../src/domain/operator.ts'
import type { Reply, Service } from './service.ts'

/** A password that keeps the rules. */
export const PASSWORD = 'seven people wait for a green bus'

const NOBODY = { actor: 'test', requestId: 'test', ip: undefined }

/** Somebody who may sign in with `PASSWORD`. */
export const hire = async ({ deps }: Service, name: string, role: OperatorRole): Promise<void> => {
  const chosen = { kind: 'chosen', password: PASSWORD } as const
  const added = await deps.addOperator(deps.ids.entity(), { name, displayName: name, role }, chosen, NOBODY)
  added._unsafeUnwrap()
}

type Asked = {
  readonly body?: unknown
  /** Without it the one of the session is sent, as a page of ours does. */
  readonly csrf?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** A browser: it keeps cookies, and the page in it the token against forged calls. */
export class TestBrowser {
  readonly #service: Service
  readonly cookies = new Map<string, string>()
  csrf: string | undefined

  constructor(service: Service) {
    this.#service = service
  }

  async signIn(name: string, password = PASSWORD, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const reply = await this.call('POST', '/api/v1/admin/session', { body: { name, password }, headers })
    if (reply.status === 200) this.csrf = reply.json.data.csrfToken
    return reply
  }

  async call(method: string, path: string, { body, csrf = this.csrf, headers = {} }: Asked = {}): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await this.#service.call(method, path, {
      body,
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(csrf === undefined || method === 'GET' ? {} : { 'x-csrf-token': csrf }),
        ...headers,
      },
    })
    for (const set of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }
}

/** A browser in which this operator has signed in. */
export const signedIn = async (service: Service, name: string): Promise<TestBrowser> => {
  const browser = new TestBrowser(service)
  const reply = await browser.signIn(name)
  if (reply.status !== 200) throw new Error(`no session: ${reply.text}`)
  return browser
}
