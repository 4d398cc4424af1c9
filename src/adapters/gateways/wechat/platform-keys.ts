import type { KeyObject } from 'node:crypto'
import { err, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import { openCertificates, type PlatformCertificate } from './certificates.ts'
import type { Sender } from './sender.ts'
import type { WechatMerchant } from './settings.ts'
import { CERTIFICATE_SERIAL, type KeyTable, verifySignature } from './signature.ts'

export type Log = (event: string, facts: Readonly<Record<string, unknown>>) => void

type PlatformKeysDeps = { readonly send: Sender; readonly clock: Clock; readonly log: Log }

// A new certificate is listed 24 h before it signs, and asking is demanded at least every 12 h.
const REFRESH_MS = 6 * 3_600_000
const RETRY_MS = 60_000

/** The keys WeChat Pay signs with: the configured public key and the downloaded certificates, side by side. */
export class PlatformKeys implements KeyTable {
  readonly #merchant: WechatMerchant
  readonly #deps: PlatformKeysDeps
  #certificates: ReadonlyMap<string, PlatformCertificate> = new Map()
  #running: Promise<boolean> | undefined
  #lastFetchMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(merchant: WechatMerchant, deps: PlatformKeysDeps) {
    this.#merchant = merchant
    this.#deps = deps
  }

  find(serial: string): KeyObject | undefined {
    const { publicKey, previousPublicKeys } = this.#merchant
    const named = [...(publicKey === undefined ? [] : [publicKey]), ...previousPublicKeys].find(
      ({ id }) => id === serial,
    )
    if (named !== undefined) return named.key
    const certificate = this.#certificates.get(serial)
    return certificate !== undefined && isValid(certificate, this.#deps.clock.now()) ? certificate.key : undefined
  }

  /** Whether an answer could be verified at all; fetches the first certificates where none is held. */
  async ready(): Promise<boolean> {
    if (this.#merchant.publicKey !== undefined || this.#holdsCertificate()) return true
    return this.#refreshUnlessRecent()
  }

  /** Somebody used a serial we don't hold: worth one look a minute at most, and nobody waits for it. */
  noteUnknown(serial: string): void {
    if (CERTIFICATE_SERIAL.test(serial)) void this.#refreshUnlessRecent()
  }

  /**
   * Fetches the certificates. With a public key nobody waits for them: such a merchant may have none, or may still be
   * on its way from the one to the other, when callbacks come signed with either.
   */
  async start(): Promise<void> {
    const fetched = this.#refresh()
    this.#schedule(this.#merchant.publicKey !== undefined || (await fetched))
  }

  /** After the fetch under way, for whoever has a message to verify and can wait. */
  async fetched(): Promise<void> {
    await this.#running
  }

  /** When those that are held end; `undefined` where none is needed, as the public key signs. */
  certificateEnds(): readonly Date[] | undefined {
    return this.#needsCertificates() ? [...this.#certificates.values()].map(({ to }) => to) : undefined
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(fresh: boolean): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const again = async () => this.#schedule(this.#needsCertificates() ? await this.#refresh() : true)
    this.#timer = setTimeout(() => void again(), fresh ? REFRESH_MS : RETRY_MS).unref()
  }

  /** A merchant with a public key may still be on its way from certificates, or may never have had one. */
  #needsCertificates(): boolean {
    return this.#merchant.publicKey === undefined || this.#certificates.size > 0
  }

  /** What a merchant opened since 2024 is answered: there is only the public key, and nothing is wrong. */
  #hasNone(reason: string): boolean {
    return this.#merchant.publicKey !== undefined && reason === 'status 404'
  }

  #holdsCertificate(): boolean {
    const now = this.#deps.clock.now()
    return [...this.#certificates.values()].some((certificate) => isValid(certificate, now))
  }

  #refreshUnlessRecent(): Promise<boolean> {
    const recent = this.#lastFetchMs !== undefined && this.#deps.clock.monotonicMs() - this.#lastFetchMs < RETRY_MS
    return this.#running === undefined && recent ? Promise.resolve(false) : this.#refresh()
  }

  /** One fetch at a time, shared by all who ask; never rejects. */
  #refresh(): Promise<boolean> {
    this.#running ??= this.#fetch()
      .catch((error: unknown) => err(error instanceof Error ? error.name : 'unexpected failure'))
      .then((fetched) => {
        this.#running = undefined
        if (fetched.isOk()) this.#keep(fetched.value)
        else if (!this.#hasNone(fetched.error)) this.#deps.log('wechat.certificates_failed', { reason: fetched.error })
        return fetched.isOk()
      })
    return this.#running
  }

  async #fetch(): Promise<Result<ReadonlyMap<string, PlatformCertificate>, string>> {
    this.#lastFetchMs = this.#deps.clock.monotonicMs()
    const sent = await this.#deps.send((sdk) => sdk.certificates())
    if (sent.isErr()) return err(sent.error.reason)
    if (sent.value.status !== 200) return err(`status ${sent.value.status}`)
    const opened = openCertificates(sent.value.body, this.#merchant.apiV3Keys)
    if (opened.isErr()) return opened
    // A held key has to verify the list. The very first one, and one signed after a change we slept through, is vouched
    // for by the APIv3 key it is sealed with, and has to be signed, now, by a certificate it contains.
    const now = this.#deps.clock.now()
    const listed = (serial: string) => {
      const certificate = opened.value.get(serial)
      return certificate !== undefined && isValid(certificate, now) ? certificate.key : undefined
    }
    const verified = verifySignature(sent.value, { find: (serial) => this.find(serial) ?? listed(serial) }, now)
    return verified.isErr() ? err(`signature ${verified.error}`) : opened
  }

  /** Old and new certificates sign side by side for a while: one goes only when it has expired, and none is replaced. */
  #keep(listed: ReadonlyMap<string, PlatformCertificate>): void {
    const now = this.#deps.clock.now()
    const held = [...this.#certificates].filter(([, { to }]) => to > now)
    this.#certificates = new Map([...listed, ...held])
    this.#deps.log('wechat.certificates_refreshed', { serials: [...this.#certificates.keys()] })
  }
}

const isValid = ({ from, to }: PlatformCertificate, now: Date): boolean => from <= now && now < to
