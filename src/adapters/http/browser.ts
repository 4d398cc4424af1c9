import type { Context } from './context.ts'

type Cookie = { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }

/** What a browser adds to a call by itself, and what it is told to keep. */
export type Browser = {
  readonly userAgent: string | undefined
  /** Whether a page of another origin than ours makes this call. */
  isElsewhere(publicUrl: string): boolean
  cookie(name: string): string | undefined
  keep(cookie: Cookie): void
  forget(name: string): void
}

const MAX_USER_AGENT = 256

/**
 * Cookies of ours belong to this very host (`__Host-`), are out of reach of scripts, and stay at home when another site
 * calls. Koa would refuse to set them behind a proxy that ends TLS and is not trusted.
 */
export const browserOf = (ctx: Context): Browser => {
  const set = ({ name, value, maxAgeSeconds }: Cookie): void => {
    ctx.append('Set-Cookie', `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; SameSite=Strict`)
  }
  return {
    userAgent: userAgentOf(ctx),
    isElsewhere: (publicUrl) => isElsewhere(ctx, publicUrl),
    cookie: (name) => ctx.cookies.get(name),
    keep: set,
    forget: (name) => set({ name, value: '', maxAgeSeconds: 0 }),
  }
}

const userAgentOf = (ctx: Context): string | undefined => {
  const given = ctx
    .get('User-Agent')
    .replaceAll(/[^ -~]/g, '')
    .slice(0, MAX_USER_AGENT)
  return given === '' ? undefined : given
}

/**
 * Browsers say where a call comes from; where nothing is said, there is no browser that could have been misled. Behind a
 * proxy a page knows us by our public address alone, without one by the host that it has called.
 */
const isElsewhere = (ctx: Context, publicUrl: string): boolean => {
  const [site, origin] = [ctx.get('Sec-Fetch-Site'), ctx.get('Origin')]
  if (site !== '' && site !== 'same-origin') return true
  return origin !== '' && origin !== publicUrl && URL.parse(origin)?.host !== ctx.get('Host')
}
