import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { open } from 'node:fs/promises'
import { err, ok, type Result } from 'neverthrow'
import { createBillArchive } from '../adapters/bills/bill-archive.ts'
import { type ReconcileCommand, type Reconciled, runReconcile } from '../adapters/cli/reconcile-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { randomIds } from '../adapters/system/random-ids.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandomness } from '../adapters/system/system-randomness.ts'
import type { Operator } from '../application/catalogue/maintain-catalogue.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import { refreshPayment } from '../application/payments/refresh-payment.ts'
import { askGateway } from '../application/reconciliation/ask-gateway.ts'
import { formatOfFile } from '../application/reconciliation/bill-format.ts'
import { fetchBill } from '../application/reconciliation/fetch-bill.ts'
import { healDiscrepancies } from '../application/reconciliation/heal-discrepancies.ts'
import { importBill } from '../application/reconciliation/import-bill.ts'
import { keepFundFlow } from '../application/reconciliation/keep-fund-flow.ts'
import { requestReconciliation } from '../application/reconciliation/request-reconciliation.ts'
import { leaseFrom, type RunProgress, runReconciliation } from '../application/reconciliation/run-reconciliation.ts'
import { sendReturn } from '../application/reconciliation/send-return.ts'
import { hasAlipay, hasWechat, type Settings, usesSandbox } from './config.ts'
import { type CompareBills, compareHere } from './compare-bills.ts'
import { lazyGateways, type NamedGateway } from './lazy-gateways.ts'
import { databaseFile, openStore } from './open-store.ts'
import { loadSecrets } from './secrets.ts'
import { dataDirectory } from './data-directory.ts'

/**
 * Compares one day in this process, which may run beside a service. It is put together by itself and not by the
 * container: a bill may have a million rows, and whatever else was loaded would stand in memory beside them.
 */
export const runReconcileCommand = async (
  settings: Settings,
  command: ReconcileCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const path = databaseFile(settings)
  const missing = [path, command.file].find((file) => file !== undefined && !existsSync(file))
  if (missing !== undefined) {
    terminal.tell(`shouyin: there is no ${missing === path ? 'database' : 'file'} at ${missing}`)
    return 1
  }
  await using opened = new AsyncDisposableStack()
  const secrets = loadSecrets(settings, dataDirectory(settings))
  const encryption = createEncryption(secrets.encryptionKeys)
  const store = await openStore(settings, { encryption, ids: randomIds, migrate: false, cacheKib: SMALL_CACHE_KIB })
  opened.defer(() => store.close())
  const gateways = await gatewaysFor(settings, command, opened)
  const { transaction, readers } = store
  const archive = createBillArchive({ transaction, bills: readers.bills, encryption })
  const parts = { store, gateways, archive, compare: compareHere, settings }
  return await runReconcile((given, onProgress) => reconcile(parts, given, onProgress), command, terminal)
}

const CHUNK_BYTES = 262_144
/** A bill's pieces are written once and read twice, so there is nothing worth keeping. */
const SMALL_CACHE_KIB = 4096

type Parts = {
  readonly store: Store
  readonly gateways: Gateways
  readonly archive: ReturnType<typeof createBillArchive>
  readonly compare: CompareBills
  readonly settings: Settings
}

const SYSTEM = { clock: systemClock, ids: randomIds, randomness: systemRandomness } as const

const reconcile = async (
  parts: Parts,
  command: ReconcileCommand,
  onProgress: RunProgress,
): Promise<Result<Reconciled, string>> => {
  const { transaction, readers } = parts.store
  const begun = await begin(parts, command, onProgress)
  if (begun.isErr()) return err(begun.error.code)
  const { id, provider, day } = begun.value
  const claimed = await transaction.run(async ({ reconciliations }) =>
    ok(await reconciliations.claim(id, leaseFrom(systemClock.now()))),
  )
  const due = claimed.isOk() ? claimed.value : undefined
  const run = due === undefined ? begun.value : await worker(parts)(due, onProgress)
  return ok({ run, open: await readers.discrepancies.countOpen({ provider, day }) })
}

/** The jobs of a service beside it leave it to this process, unless it dies. */
const begin = async ({ store, gateways, archive }: Parts, command: ReconcileCommand, onProgress: RunProgress) => {
  const { provider, day, file } = command
  const runId = randomIds.entity()
  const operator: Operator = { actor: `cli:${userInfo().username}`, requestId: `cli-${runId}`, ip: undefined }
  const deps = { ...SYSTEM, transaction: store.transaction, gateways }
  const dueAt = leaseFrom(systemClock.now())
  if (file === undefined) return requestReconciliation(deps)({ provider, day }, runId, operator, dueAt)
  const format = formatOfFile(provider, await firstBytesOf(file))
  const onBytes = (bytes: number): void => onProgress('fetching', bytes)
  const bill = { provider, day, format, content: chunksOf(file) }
  return importBill({ ...deps, archive })(bill, runId, operator, { dueAt, onBytes })
}

/** Over one buffer, which whoever takes a chunk has to be done with before the next. */
const chunksOf = async function* (path: string): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  await using file = await open(path)
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

const firstBytesOf = async (path: string): Promise<Uint8Array> => {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
  return buffer.subarray(0, bytesRead)
}

const worker = ({ store: { transaction, readers }, gateways, archive, compare, settings }: Parts) => {
  const { LATE_PAYMENT_POLICY: latePaymentPolicy, RECOVERY_SCHEDULE: scheduleMs } = settings
  const deps = { ...SYSTEM, transaction, readers, gateways, archive, scheduleMs }
  const asking = { ...deps, latePaymentPolicy }
  const ask = askGateway({ ...asking, refreshPayment: refreshPayment(asking) })
  const heal = healDiscrepancies({ ...deps, askGateway: ask, sendReturn: sendReturn(deps) })
  return runReconciliation({
    ...deps,
    compareBill: compare({ archive, books: readers.dayBooks, randomness: systemRandomness }),
    healDiscrepancies: heal,
    fetchBill: fetchBill(deps),
    keepFundFlow: keepFundFlow({
      ...deps,
      readFundFlow: async (...given) =>
        (await import('../adapters/gateways/wechat/fund-flow.ts')).readFundFlow(...given),
    }),
  })
}

/** With a file in hand the gateways are loaded only for what differs. */
const gatewaysFor = async (
  settings: Settings,
  { file, provider }: ReconcileCommand,
  opened: AsyncDisposableStack,
): Promise<Gateways> => {
  const load = async (): Promise<Gateways> => {
    const { openOwnGateways } = await import('./own-gateways.ts')
    const gateways = await openOwnGateways(onlyOf(settings, provider), SYSTEM)
    if (gateways.isErr()) throw new Error(gateways.error.join('; '))
    opened.defer(() => gateways.value.stop())
    await gateways.value.keysFetched()
    return gateways.value
  }
  return file === undefined || usesSandbox(settings) ? load() : lazyGateways(named(settings), load)
}

/** The settings as if there were no other gateway than this one. */
const onlyOf = (settings: Settings, provider: ReconcileCommand['provider']): Settings =>
  provider === 'wechat' ? { ...settings, ALIPAY_APP_ID: undefined } : { ...settings, WECHAT_MCH_ID: undefined }

const named = (settings: Settings): readonly NamedGateway[] => [
  ...(hasWechat(settings)
    ? [
        {
          provider: 'wechat' as const,
          identity: { merchantId: settings.WECHAT_MCH_ID ?? '', appId: settings.WECHAT_APP_ID ?? '' },
        },
      ]
    : []),
  ...(hasAlipay(settings)
    ? [
        {
          provider: 'alipay' as const,
          identity: { merchantId: settings.ALIPAY_SELLER_ID ?? '', appId: settings.ALIPAY_APP_ID ?? '' },
        },
      ]
    : []),
]
