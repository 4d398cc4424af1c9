import { type AlipayKeys, type AlipayMode, makeAlipayKeys, makeCertificates } from './alipay/alipay-keys.ts'
import { type AlipayPart, type AlipaySandbox, type AlipayState, alipayPart } from './alipay/alipay-sandbox.ts'
import { DOWNLOAD_PATH } from './alipay/alipay-bills.ts'
import type { BillSettings } from './bills/bill-day.ts'
import { answer, type Outcome, type Received, type Reply } from './http-exchange.ts'
import { payerSite } from './payer/payer-site.ts'
import { listen } from './server.ts'
import { readState, stateFile } from './state-file.ts'
import type { WechatKeyMode } from './wechat/wechat-keyring.ts'
import { makeWechatKeys, type WechatKeys } from './wechat/wechat-keys.ts'
import { type WechatPart, type WechatSandbox, type WechatState, wechatPart } from './wechat/wechat-sandbox.ts'

export type SandboxOptions = {
  /** 0 takes any free one; it listens on 127.0.0.1 alone. */
  readonly port?: number
  /** Keys and ledger are kept here, so that a restart goes on; without it they live in memory. */
  readonly stateFile?: string
  /** 1 is the real schedule of callbacks, 1000 a thousand times faster. */
  readonly callbackSpeed?: number
  readonly now?: () => Date
  readonly wechatKeys?: WechatKeyMode
  readonly alipayMode?: AlipayMode
  /** When there are bills; at once unless it says otherwise. */
  readonly bills?: BillSettings
  /** From `makeSandboxKeys`, for starting many sandboxes fast; a state file's own keys go before them. */
  readonly keys?: SandboxKeys
}

/** The identities and keys of both gateways and of their merchant. */
export type SandboxKeys = { readonly wechatKeys: WechatKeys; readonly alipayKeys: AlipayKeys }

export type Sandbox = {
  readonly origin: string
  readonly payerUrl: string
  readonly wechat: WechatSandbox
  readonly alipay: AlipaySandbox
  readonly stop: () => Promise<void>
}

type State = SandboxKeys & {
  readonly version: 1
  /** Where it was last; absent in files of older versions. */
  readonly origin?: string
  readonly wechat: WechatState
  readonly alipay: AlipayState
}

/** Starts both gateways on the loopback interface. */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const now = options.now ?? (() => new Date())
  const state = await readState<State>(options.stateFile, 1)
  const { wechatKeys, alipayKeys } = await inMode(
    options.alipayMode ?? 'key',
    state ?? options.keys ?? (await makeSandboxKeys(now())),
    now(),
  )
  const file = stateFile<State>(options.stateFile)
  let handle: (received: Received) => Outcome | Promise<Outcome> = () => ({ ending: 'cut' })
  const server = await listen(options.port ?? 0, (received) => handle(received))
  const origin = `http://127.0.0.1:${server.port}`
  const common = { origin, now, callbackSpeed: options.callbackSpeed ?? 1, changed: file.changed, bills: options.bills }
  const wechat = wechatPart({ ...common, keys: wechatKeys, state: state?.wechat, mode: options.wechatKeys ?? 'both' })
  const alipay = alipayPart({ ...common, keys: alipayKeys, state: state?.alipay })
  const site = payerSite({ wechat: wechat.sandbox, alipay: alipay.sandbox, now })
  handle = dispatcher(wechat, alipay, site)
  file.keep(() => ({
    version: 1,
    origin,
    wechatKeys,
    alipayKeys,
    wechat: wechat.snapshot(),
    alipay: alipay.snapshot(),
  }))
  await file.flush().catch(async (error: unknown) => {
    await server.stop()
    throw error
  })
  wechat.resume()
  alipay.resume()
  return {
    origin,
    payerUrl: `${origin}/sandbox`,
    wechat: wechat.sandbox,
    alipay: alipay.sandbox,
    stop: async () => {
      await Promise.all([server.stop(), wechat.stop(), alipay.stop()])
      await file.flush()
    },
  }
}

/** New identities and keys; RSA takes its time. */
export const makeSandboxKeys = async (now: Date = new Date()): Promise<SandboxKeys> => {
  const [wechatKeys, alipayKeys] = await Promise.all([makeWechatKeys(now), makeAlipayKeys()])
  return { wechatKeys, alipayKeys }
}

/** The sandbox that keeps its state in this file: its keys and where it is; `undefined` where there never was one. */
export const readSandbox = async (
  path: string,
): Promise<{ readonly keys: SandboxKeys; readonly origin: string | undefined } | undefined> => {
  const state = await readState<State>(path, 1)
  return state && { keys: { wechatKeys: state.wechatKeys, alipayKeys: state.alipayKeys }, origin: state.origin }
}

/** Adds Alipay's certificates in certificate mode, and keeps them out of sight otherwise. */
const inMode = async (mode: AlipayMode, { wechatKeys, alipayKeys }: SandboxKeys, now: Date): Promise<SandboxKeys> => {
  const certificates =
    mode === 'key' ? undefined : (alipayKeys.certificates ?? (await makeCertificates(alipayKeys, now)))
  return { wechatKeys, alipayKeys: { ...alipayKeys, certificates } }
}

const dispatcher =
  (wechat: WechatPart, alipay: AlipayPart, site: ReturnType<typeof payerSite>) =>
  async (received: Received): Promise<Outcome> => {
    if (received.path.startsWith('/v3/')) return wechat.handle(received)
    if (received.path === '/gateway.do' || received.path === DOWNLOAD_PATH) return alipay.handle(received)
    return (await site(received)) ?? answer(nothingHere)
  }

const nothingHere: Reply = { status: 404, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('not found\n') }
