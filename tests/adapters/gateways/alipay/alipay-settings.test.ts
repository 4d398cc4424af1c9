import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { createAlipayGateway } from '../../../../src/adapters/gateways/alipay/alipay-gateway.ts'
import type { HttpTransport } from '../../../../src/adapters/gateways/http-transport.ts'
import { appKey, clock, keyText, type Overrides, settings, trade, vectors } from './fixtures.ts'

const problemsOf = (overrides: Overrides) =>
  createAlipayGateway(settings(overrides), { clock }).match(
    () => [],
    (error) => error.problems,
  )
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8') => key.export({ type, format: 'pem' }).toString()

describe('createAlipayGateway', () => {
  it('says who it is', () => {
    const alipay = createAlipayGateway(settings(), { clock })._unsafeUnwrap()
    expect(alipay.provider).toBe('alipay')
    expect(alipay.identity).toEqual({ merchantId: '2088123456789012', appId: '2021000122671080' })
    expect(alipay.notifyUrl).toBe('https://pay.example.com/notify/alipay')
    expect(createAlipayGateway(settings({ sellerId: undefined }), { clock })._unsafeUnwrap().identity.merchantId).toBe(
      '',
    )
  })

  it.each([
    ['PKCS#8 PEM', pem(appKey, 'pkcs8')],
    ['PKCS#1 PEM', pem(appKey, 'pkcs1')],
    ['PEM in one line', pem(appKey, 'pkcs1').replaceAll('\n', '\\n')],
    ['bare PKCS#8', keyText('nodejs_app_private_pkcs8')],
    ['bare PKCS#1', keyText('nodejs_app_private_pkcs1')],
  ])('signs with a private key given as %s', async (_, privateKey) => {
    const order = async (given: string) =>
      (
        await createAlipayGateway(settings({ privateKey: given }), { clock })
          ._unsafeUnwrap()
          .create(trade({ method: 'ALIPAY_APP' }))
      )._unsafeUnwrap()
    expect(await order(privateKey)).toEqual(await order(keyText('nodejs_app_private_pkcs8')))
  })

  it('names its settings by a version that changes with them and tells nothing', () => {
    const version = (overrides: Overrides = {}) =>
      createAlipayGateway(settings(overrides), { clock })._unsafeUnwrap().credentialsVersion
    expect(version()).toMatch(/^alipay-[0-9a-f]{12}$/)
    expect(version()).toBe(version({ privateKey: pem(appKey, 'pkcs1') }))
    expect(
      new Set([
        version(),
        version({ appId: '2021000122671081' }),
        version({ alipayPublicKey: keyText('gopay_alipay_public') }),
      ]).size,
    ).toBe(3)
  })

  it('lists all that is wrong at once, without a word of a key', () => {
    const problems = problemsOf({
      appId: 'wx1234',
      privateKey: 'not a key',
      alipayPublicKey: keyText('nodejs_app_private_pkcs8'),
      previousAlipayPublicKeys: ['x'],
      sellerId: '1234',
      productCode: 'face to face',
      gatewayUrl: 'ftp://openapi.alipay.com',
      notifyUrl: '/notify',
      returnUrl: `https://shop.example.com/${'x'.repeat(256)}`,
      timeoutMs: 0,
    })
    expect(problems.map((problem) => problem.split(':')[0]).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
      'alipayPublicKey',
      'appId',
      'gatewayUrl',
      'notifyUrl',
      'previousAlipayPublicKeys[0]',
      'privateKey',
      'productCode',
      'returnUrl',
      'sellerId',
      'timeoutMs',
    ])
    expect(problems.join()).not.toContain(keyText('nodejs_app_private_pkcs8').slice(0, 30))
  })

  it('refuses the application’s own public key where Alipay’s belongs', () => {
    const own = [expect.stringContaining("application's own public key")]
    expect(problemsOf({ alipayPublicKey: keyText('nodejs_app_public') })).toEqual(own)
    expect(problemsOf({ previousAlipayPublicKeys: [keyText('nodejs_app_public')] })).toEqual(own)
  })

  it('refuses a short key, an elliptic one and none at all', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    const text = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
    for (const alipayPublicKey of [text(short), text(elliptic), '', undefined])
      expect(problemsOf({ alipayPublicKey })).toEqual([expect.stringMatching(/^alipayPublicKey: /)])
  })
})

describe('certificate mode', () => {
  const certificate = (id: string): string => vectors.cert_sn.find((vector) => vector.id === id)?.pem ?? ''
  const serial = (id: string): string => vectors.cert_sn.find((vector) => vector.id === id)?.expected_sn ?? ''
  const certificates = {
    app: certificate('sandbox_app_cert'),
    alipay: certificate('sandbox_alipay_cert_with_chain'),
    root: certificate('alipay_root'),
  }
  const inCertificateMode: Overrides = {
    privateKey: keyText('yansongda_app_private_pkcs1'),
    alipayPublicKey: undefined,
    certificates,
  }
  const asking = (answer: string) => {
    const asked: URLSearchParams[] = []
    const transport: HttpTransport = async ({ body }) => {
      asked.push(new URLSearchParams(body))
      return ok({ status: 200, headers: {}, body: Buffer.from(answer) })
    }
    return { asked, alipay: createAlipayGateway(settings(inCertificateMode), { clock, transport })._unsafeUnwrap() }
  }

  it('names both certificates in each request', async () => {
    const { asked, alipay } = asking('')
    await alipay.query('P1')
    const page = (await alipay.create(trade({ method: 'ALIPAY_WEB' })))._unsafeUnwrap()
    const url = new URL(page.type === 'redirect' ? page.url : '')
    for (const params of [asked[0], url.searchParams]) {
      expect(params?.get('app_cert_sn')).toBe(serial('sandbox_app_cert'))
      expect(params?.get('alipay_root_cert_sn')).toBe(serial('alipay_root'))
    }
  })

  it('says that Alipay signed with another certificate', async () => {
    const answer = (sn: string) =>
      `{"alipay_trade_query_response":{"code":"10000"},"alipay_cert_sn":"${sn}","sign":"AAAA"}`
    const reason = async (sn: string) => (await asking(answer(sn)).alipay.query('P1'))._unsafeUnwrapErr()
    expect(await reason('0'.repeat(32))).toMatchObject({
      reason: expect.stringContaining('another Alipay certificate'),
    })
    expect(await reason(serial('sandbox_alipay_cert_with_chain'))).toMatchObject({
      reason: 'answer with a wrong signature',
    })
  })

  it('verifies notifications by the key of Alipay’s certificate', async () => {
    const vector = vectors.notify.find(({ id }) => id === 'trade_status_sync_subject_with_plus')
    const alipay = createAlipayGateway(
      settings({ ...inCertificateMode, appId: '9021000122682882', sellerId: '2088721003899159' }),
      { clock },
    )._unsafeUnwrap()
    const outcome = await alipay.readNotification({ headers: {}, body: Buffer.from(vector?.form_body ?? '') })
    expect(outcome._unsafeUnwrap()).toMatchObject({ kind: 'payment_succeeded', receipt: { amount: 1 } })
  })

  it('refuses files that do not fit', () => {
    const problems = (overrides: Overrides) => problemsOf({ ...inCertificateMode, ...overrides })
    expect(problems({ privateKey: keyText('nodejs_app_private_pkcs8') })).toEqual([
      'certificates.app: does not belong to privateKey',
    ])
    expect(
      problems({ certificates: { app: '', alipay: 'x', root: '' } }).map((problem) => problem.split(':')[0]),
    ).toEqual(['certificates.app', 'certificates.alipay', 'certificates.root'])
    expect(problems({ alipayPublicKey: keyText('gopay_alipay_public') })).toEqual([
      expect.stringMatching(/^alipayPublicKey: /),
    ])
  })
})
