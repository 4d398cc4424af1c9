import { createPrivateKey, type KeyObject } from 'node:crypto'
import { makeKeyPairSync } from '../rsa.ts'
import { makePlatformCertificate, type PlatformCertificate, type WechatKeys } from './wechat-keys.ts'
import type { Signer } from './wechat-signature.ts'

export type WechatKeyMode = 'certificates' | 'public_key' | 'both'
export type SigningKey = 'certificate' | 'public_key' | 'old_certificate' | 'foreign_key'

export type KeyringState = { readonly certificates: readonly PlatformCertificate[]; readonly current: string }

/** The keys WeChat Pay signs with, and which of them signs what. */
export class WechatKeyring {
  readonly #keys: WechatKeys
  readonly #mode: WechatKeyMode
  readonly #changed: () => void
  readonly #parsed = new Map<string, KeyObject>()
  #state: KeyringState
  #foreign: KeyObject | undefined

  constructor(keys: WechatKeys, mode: WechatKeyMode, state: KeyringState | undefined, changed: () => void) {
    this.#keys = keys
    this.#mode = mode
    this.#changed = changed
    this.#state = state ?? { certificates: [keys.firstCertificate], current: keys.firstCertificate.serialNo }
  }

  snapshot(): KeyringState {
    return this.#state
  }

  /** What `/v3/certificates` shows; nothing in public-key mode. */
  listed(): readonly PlatformCertificate[] {
    return this.#mode === 'public_key' ? [] : this.#state.certificates.filter(({ listed }) => listed)
  }

  /** Which kind of key answers a request that names `serial` in Wechatpay-Serial. */
  kindFor(serial: string | undefined): 'certificate' | 'public_key' {
    if (this.#mode !== 'both') return this.#mode === 'public_key' ? 'public_key' : 'certificate'
    return serial === this.#keys.publicKey.id ? 'public_key' : 'certificate'
  }

  signer(kind: SigningKey): Signer {
    switch (kind) {
      case 'certificate':
        return this.#certificateSigner(this.#state.current)
      case 'public_key':
        return { serial: this.#keys.publicKey.id, key: this.#parse(this.#keys.publicKey.privateKey) }
      case 'old_certificate':
        return this.#certificateSigner(this.#replaced().serialNo)
      case 'foreign_key':
        this.#foreign ??= createPrivateKey(makeKeyPairSync().privateKey)
        return { serial: this.#defaultSerial(), key: this.#foreign }
    }
  }

  /** `announce` lists a new certificate, `use` signs with it, `drop` takes all older ones from the list. */
  async rotate(stage: 'announce' | 'use' | 'drop', now: Date): Promise<void> {
    const announced = stage === 'announce' ? [await makePlatformCertificate(this.#keys.issuer, now)] : []
    const { certificates, current } = this.#state
    switch (stage) {
      case 'announce':
        this.#state = { certificates: [...certificates, ...announced], current }
        break
      case 'use':
        this.#state = { certificates, current: certificates.at(-1)?.serialNo ?? current }
        break
      case 'drop':
        this.#state = {
          certificates: certificates.map((each) => ({ ...each, listed: each.serialNo === current })),
          current,
        }
        break
    }
    this.#changed()
  }

  #certificateSigner(serialNo: string): Signer {
    const found = this.#state.certificates.find((each) => each.serialNo === serialNo)
    if (found === undefined) throw new Error(`no platform certificate ${serialNo}`)
    return { serial: serialNo, key: this.#parse(found.privateKey) }
  }

  #replaced(): PlatformCertificate {
    const { certificates, current } = this.#state
    const index = certificates.findIndex(({ serialNo }) => serialNo === current)
    const before = certificates[index - 1]
    if (before === undefined)
      throw new Error('no certificate has been replaced yet: announce and use another one first')
    return before
  }

  #defaultSerial(): string {
    return this.#mode === 'public_key' ? this.#keys.publicKey.id : this.#state.current
  }

  #parse(pem: string): KeyObject {
    const known = this.#parsed.get(pem)
    if (known !== undefined) return known
    const key = createPrivateKey(pem)
    this.#parsed.set(pem, key)
    return key
  }
}
