import { existsSync } from 'node:fs'
import {
  type DoctorCommand,
  type ExplainedRefusal,
  runDoctor,
  type RunExamination,
} from '../adapters/cli/doctor-command.ts'
import type { ExitCode, Terminal } from '../adapters/cli/terminal.ts'
import { createCanarySeal } from '../adapters/crypto/canary-seal.ts'
import { createEncryption } from '../adapters/crypto/aes-encryption.ts'
import { createHttpCanaryProbe } from '../adapters/doctor/http-canary-probe.ts'
import { withinTime } from '../adapters/doctor/within-time.ts'
import { MAX_BODY_BYTES } from '../adapters/http/json-body.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { examine } from '../application/doctor/examine.ts'
import type { KeyFacts } from '../application/doctor/check-keys.ts'
import { type Expectations, refusalTree } from '../domain/callback-verdict.ts'
import type { Finding } from '../domain/doctor.ts'
import type { Provider } from '../domain/payment.ts'
import { type ConfigError, publicUrlOf, type Settings, usesSandbox } from './config.ts'
import { dataDirectory } from './data-directory.ts'
import { doctorChecks } from './doctor-checks.ts'
import { type OpenGateways, openGateways } from './gateways.ts'
import { databaseFile, openStore } from './open-store.ts'
import { reachedServices } from './reached-services.ts'
import { settingsBesideSandbox } from './sandbox.ts'
import { loadSecrets, type Secrets } from './secrets.ts'
import { SYSTEM, type System } from './start.ts'

const LIMIT_MS = 60_000

/** Tells what is wrong with settings that nothing could start with. */
export const refuseAsDoctor = (
  { problems }: ConfigError,
  command: DoctorCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const at = SYSTEM.clock.now()
  const findings = problems.map(
    (problem): Finding => ({
      check: 'settings',
      code: 'setting_invalid',
      level: 'problem',
      subject: problem.split(':')[0] ?? '',
      facts: { problem },
    }),
  )
  const report = { startedAt: at, finishedAt: at, findings }
  return runDoctor(async () => ({ report, refused: [] }), command, terminal)
}

/** Looks at everything from this process, whether or not a service runs: only the canaries need one that does. */
export const runDoctorCommand = async (
  given: Settings,
  command: DoctorCommand,
  terminal: Terminal,
  system: System = SYSTEM,
): Promise<ExitCode> => {
  await using opened = new AsyncDisposableStack()
  const { clock, ids, randomness } = system
  const directory = dataDirectory(given)
  const secrets = loadSecrets(given, directory)
  const settings = usesSandbox(given) ? await settingsBesideSandbox(given, directory) : given
  const { gateways, keyProblems } = await gatewaysOf(settings, system, opened)
  const probe = createHttpCanaryProbe({
    seal: createCanarySeal({ keys: secrets.encryptionKeys, clock }),
    clock,
    randomness,
  })
  const store = await storeOf(settings, secrets, system, opened)
  const checks = doctorChecks({
    settings,
    gateways,
    keyProblems,
    certificates: () => gateways.certificates(),
    clock,
    ids,
    store,
    reached: () => reachedServices(settings),
    probe: command.canary ? probe : undefined,
  })
  const look = examine({ checks, clock, patience: withinTime, limitMs: LIMIT_MS })
  const run: RunExamination = async (onProgress) => {
    const report = await look(onProgress)
    return { report, refused: store === undefined ? [] : await explainedRefusals(settings, store) }
  }
  return await runDoctor(run, command, terminal)
}

const explainedRefusals = async (settings: Settings, { doctor }: Store): Promise<readonly ExplainedRefusal[]> => {
  const expected = expectationsOf(settings)
  // A database that can't be read is told of by its check.
  const refused = await doctor.listRefused().catch(() => [])
  return refused.map((callback) => ({ callback, steps: refusalTree(callback, expected(callback.provider)) }))
}

const expectationsOf =
  ({ WECHAT_NOTIFY_ALLOWED_IPS: wechat, ALIPAY_NOTIFY_ALLOWED_IPS: alipay, WECHAT_PAY_PUBLIC_KEY_ID: ids }: Settings) =>
  (provider: Provider): Expectations => ({
    allowedIps: provider === 'wechat' ? wechat : alipay,
    knownSerials: provider === 'wechat' ? (ids?.split(',') ?? []) : [],
    maxBytes: MAX_BODY_BYTES,
  })

/** Gateways whose keys are wrong are told of, and left out. */
const gatewaysOf = async (
  settings: Settings,
  { clock, randomness }: System,
  opened: AsyncDisposableStack,
): Promise<{ readonly gateways: OpenGateways; readonly keyProblems: KeyFacts['gateways'] }> => {
  const deps = { clock, randomness, publicUrl: publicUrlOf(settings), log: () => undefined }
  const first = await openGateways(settings, deps)
  const problems = first.isErr() ? first.error : []
  const keyProblems = (['wechat', 'alipay'] as const)
    .map((provider) => ({
      provider,
      problems: problems.filter((problem) => problem.startsWith(`${provider.toUpperCase()}:`)),
    }))
    .filter((one) => one.problems.length > 0)
  const isBroken = (name: string): boolean => keyProblems.some(({ provider }) => provider === name)
  const usable = {
    ...settings,
    ...(isBroken('wechat') && { WECHAT_MCH_ID: undefined }),
    ...(isBroken('alipay') && { ALIPAY_APP_ID: undefined }),
  }
  const made = first.isOk() ? first : await openGateways(usable, deps)
  if (made.isErr()) throw new Error(made.error.join('; '))
  opened.defer(() => made.value.stop())
  await made.value.keysFetched()
  return { gateways: made.value, keyProblems }
}

/** One that can't be opened is told of by the check of the database. */
const storeOf = async (
  settings: Settings,
  { encryptionKeys }: Secrets,
  { ids }: System,
  opened: AsyncDisposableStack,
): Promise<Store | undefined> => {
  const path = databaseFile(settings)
  if (path !== undefined && !existsSync(path)) return undefined
  try {
    const store = await openStore(settings, { encryption: createEncryption(encryptionKeys), ids, migrate: false })
    opened.defer(() => store.close())
    return store
  } catch {
    return undefined
  }
}
