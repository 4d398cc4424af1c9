import { err, type Result } from 'neverthrow'
import { type Api, type Data, type Page, refused, toJson } from './api.ts'
import { type Columns, printData, printList } from './print.ts'
import {
  isId,
  LIST_OPTIONS,
  type ListWords,
  readList,
  readOptions,
  readReason,
  type UsageError,
  usage,
  wholeNumber,
} from './options.ts'
import type { Progress } from './progress.ts'
import type { ExitCode, Terminal } from './terminal.ts'

const STATUSES = ['available', 'activated', 'expired', 'revoked'] as const
const MAX_BATCH = 10_000

type Reasoned = { readonly reason: string | undefined }

export type CodesCommand =
  | ({
      readonly name: 'codes make'
      readonly productId: string
      readonly count: number
      readonly expiresAt: Date
      readonly out: string | undefined
      readonly json: boolean
    } & Reasoned)
  | ({ readonly name: 'codes list' } & CodeFilter & ListWords)
  | ({ readonly name: 'codes revoke'; readonly codeId: string; readonly json: boolean } & Reasoned)
  | ({ readonly name: 'codes export'; readonly batchId: string; readonly out: string | undefined } & Reasoned)

type CodeFilter = {
  readonly batchId: string | undefined
  readonly productId: string | undefined
  readonly status: (typeof STATUSES)[number] | undefined
}

type Batch = {
  readonly batchId: string
  readonly count: number
  readonly expiresAt: string
}
type Code = {
  readonly id: string
  readonly lastFour: string
  readonly productId: string
  readonly batchId: string | null
  readonly orderId: string | null
  readonly status: string
  readonly expiresAt: string | null
}

/** A file that was not there before, for its owner alone. */
export type NewFile = {
  write(parts: AsyncIterable<string>): Promise<void>
  /** Nothing was written after all. */
  remove(): Promise<void>
}

/** Undefined where there is such a file, or none can be made. */
export type OpenNewFile = (path: string) => Promise<NewFile | undefined>

export const parseCodes = (args: readonly string[]): Result<CodesCommand, UsageError> => {
  const [what = '', ...rest] = args
  switch (what) {
    case 'make':
      return parseMake(rest)
    case 'list':
      return parseList(rest)
    case 'revoke':
      return parseRevoke(rest)
    case 'export':
      return parseExport(rest)
    default:
      return usage('codes make | list | revoke | export')
  }
}

const parseMake = (args: readonly string[]): Result<CodesCommand, UsageError> => {
  const read = readOptions('codes make', args, {
    product: { type: 'string' },
    count: { type: 'string' },
    expires: { type: 'string' },
    out: { type: 'string' },
    reason: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (read.isErr()) return err(read.error)
  const { product: productId, out, json = false, ...given } = read.value.values
  const count = wholeNumber(given.count ?? '', 1, MAX_BATCH)
  const expiresAt = endOf(given.expires ?? '')
  if (!isId(productId)) return usage('codes make needs --product ID')
  if (count === undefined) return usage(`codes make needs --count, 1 to ${MAX_BATCH}`)
  if (expiresAt === undefined)
    return usage('codes make needs --expires DATE, such as 2027-12-31 or 2027-12-31T08:00:00Z')
  return readReason(given.reason).map((reason) => ({
    name: 'codes make',
    productId,
    count,
    expiresAt,
    out,
    json,
    reason,
  }))
}

/** A day ends when it ends in Shanghai; an instant is itself. */
const endOf = (text: string): Date | undefined => {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  if (!isDay && !isInstant) return undefined
  const date = new Date(isDay ? Date.parse(`${text}T00:00:00+08:00`) + 86_400_000 : text)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const parseList = (args: readonly string[]): Result<CodesCommand, UsageError> => {
  const read = readOptions('codes list', args, {
    batch: { type: 'string' },
    product: { type: 'string' },
    status: { type: 'string' },
    ...LIST_OPTIONS,
  })
  if (read.isErr()) return err(read.error)
  const { batch: batchId, product: productId, ...given } = read.value.values
  const status = STATUSES.find((one) => one === given.status)
  if (given.status !== undefined && status === undefined) return usage(`--status is ${STATUSES.join(', ')}`)
  return readList(given).map((list) => ({ name: 'codes list', batchId, productId, status, ...list }))
}

const parseRevoke = (args: readonly string[]): Result<CodesCommand, UsageError> => {
  const options = { reason: { type: 'string' }, json: { type: 'boolean' } } as const
  const read = readOptions('codes revoke', args, options, ['ID'])
  if (read.isErr()) return err(read.error)
  const [codeId] = read.value.words
  if (!isId(codeId)) return usage('codes revoke needs an ID')
  const { json = false } = read.value.values
  return readReason(read.value.values.reason).map((reason) => ({ name: 'codes revoke', codeId, reason, json }))
}

const parseExport = (args: readonly string[]): Result<CodesCommand, UsageError> => {
  const options = { batch: { type: 'string' }, out: { type: 'string' }, reason: { type: 'string' } } as const
  const read = readOptions('codes export', args, options)
  if (read.isErr()) return err(read.error)
  const { batch: batchId, out } = read.value.values
  if (!isId(batchId)) return usage('codes export needs --batch ID')
  return readReason(read.value.values.reason).map((reason) => ({ name: 'codes export', batchId, out, reason }))
}

/** How many codes of the batch that is being made there are by now. */
export type BatchProgress = (productId: string, count: number) => Promise<number | undefined>

export type CodesDeps = {
  readonly api: Api
  readonly batchProgress: BatchProgress
  readonly openNewFile: OpenNewFile
}

export const runCodes = async (deps: CodesDeps, command: CodesCommand, terminal: Terminal): Promise<ExitCode> => {
  const { api } = deps
  switch (command.name) {
    case 'codes make':
      return make(deps, command, terminal)
    case 'codes list': {
      const { name: _, json, ...query } = command
      return printList(await api.get<Page<Code>>('/admin/access-codes', query), COLUMNS, json, terminal)
    }
    case 'codes revoke': {
      const { codeId, reason, json } = command
      const revoked = await api.post<Data<unknown>>(`/admin/access-codes/${codeId}/revoke`, { reason })
      return printData(revoked, () => [`revoked 已作废  ${codeId}`], json, terminal)
    }
    case 'codes export':
      return intoFile(deps, command.out, terminal, (file) => exportTo(deps, command, file, terminal))
  }
}

const COLUMNS: Columns<Code> = {
  head: ['ID', 'CODE', 'STATUS', 'PRODUCT', 'BATCH OR ORDER', 'EXPIRES'],
  cells: ({ id, lastFour, status, productId, batchId, orderId, expiresAt }) => [
    id,
    `…${lastFour}`,
    status,
    productId,
    batchId ?? orderId,
    expiresAt,
  ],
}

type Make = Extract<CodesCommand, { name: 'codes make' }>

/** The file comes first: codes that nobody can be given are better not made. */
const make = (deps: CodesDeps, command: Make, terminal: Terminal): Promise<ExitCode> =>
  intoFile(deps, command.out, terminal, async (file) => {
    const { json, productId, count, expiresAt, reason } = command
    const body = { productId, count, expiresAt: expiresAt.toISOString(), reason }
    const asked = deps.api.post<Data<Batch>>('/admin/access-codes', body)
    const progress = terminal.progress('codes')
    const made = await watched(asked, progress, () => deps.batchProgress(productId, count), count)
    if (!made.ok) return refused(made.problem, terminal, json)
    const { batchId, expiresAt: until } = made.json.data
    terminal.print(json ? toJson(made.json) : `batch 批次 ${batchId}: ${count} codes 个兑换码, until 有效至 ${until}`)
    return file === undefined ? 0 : exportTo(deps, { batchId, reason }, file, terminal)
  })

/** Does the work with a file of its own where one is wanted; a failure leaves none behind. */
const intoFile = async (
  { openNewFile }: CodesDeps,
  path: string | undefined,
  terminal: Terminal,
  work: (file: NewFile | undefined) => Promise<ExitCode>,
): Promise<ExitCode> => {
  if (path === undefined) return work(undefined)
  const file = await openNewFile(path)
  if (file === undefined) {
    terminal.tell(`shouyin: ${path} is there already, or can not be made`)
    return 1
  }
  const code = await work(file)
  if (code !== 0) await file.remove()
  return code
}

const LOOK_EVERY_MS = 200

const watched = async <T>(
  work: Promise<T>,
  progress: Progress,
  look: () => Promise<number | undefined>,
  total: number,
): Promise<T> => {
  const timer = setInterval(() => {
    look().then(
      (done) => done !== undefined && progress.update(done, total),
      () => undefined, // The work itself tells what is wrong.
    )
  }, LOOK_EVERY_MS)
  return work.finally(() => {
    clearInterval(timer)
    progress.end()
  })
}

const exportTo = async (
  { api }: CodesDeps,
  { batchId, reason }: Reasoned & { readonly batchId: string },
  file: NewFile | undefined,
  terminal: Terminal,
): Promise<ExitCode> => {
  const csv = await api.download('/admin/access-codes.csv', { batchId, reason })
  if (!csv.ok) return refused(csv.problem, terminal)
  if (file === undefined) for await (const part of csv.json) terminal.write(part)
  else await file.write(csv.json)
  return 0
}
