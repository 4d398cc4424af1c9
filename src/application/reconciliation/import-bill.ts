import { err, type Result } from 'neverthrow'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Bill } from '../payments/payment-gateway.ts'
import type { BillArchive, BillNotKept, ReceivedBill } from './bill-archive.ts'
import type { KeptBill } from './bill-repository.ts'
import {
  openRun,
  refusalOf,
  type RequestDeps,
  type RequestedDay,
  type RequestReconciliationError,
} from './request-reconciliation.ts'

export type ImportBillError = RequestReconciliationError | BillNotKept

export type ImportedFile = RequestedDay & Pick<Bill, 'content' | 'format'>

type Deps = RequestDeps & { readonly archive: BillArchive }

/** Takes in a bill's file that an operator has, to be kept or dropped. */
export const receiveImport =
  (deps: Deps) =>
  async (
    { provider, day, content, format }: ImportedFile,
    onBytes?: (bytes: number) => void,
  ): Promise<Result<ReceivedBill, ImportBillError>> => {
    const refused = refusalOf(deps, { provider, day })
    if (refused !== undefined) return err(refused)
    const draft = { id: deps.ids.entity(), provider, day, format, kind: 'trade', source: 'import' } as const
    const bill = { content, format, sha1: undefined }
    return deps.archive.receive({ ...draft, createdAt: deps.clock.now() }, bill, onBytes)
  }

/** Has the day of a bill that is kept compared with it. */
export const reconcileWith =
  (deps: RequestDeps) =>
  (
    { id: billId, provider, day }: KeptBill,
    runId: string,
    operator: Operator,
    dueAt?: Date,
  ): Promise<Result<ReconciliationRun, never>> =>
    deps.transaction.run((repositories) =>
      openRun(deps, repositories, { provider, day, runId, operator, billId, ...(dueAt && { dueAt }) }),
    )

/** Both, one after the other. */
export const importBill =
  (deps: Deps) =>
  async (
    file: ImportedFile,
    runId: string,
    operator: Operator,
    { onBytes, dueAt }: { readonly onBytes?: (bytes: number) => void; readonly dueAt?: Date } = {},
  ): Promise<Result<ReconciliationRun, ImportBillError>> => {
    const received = await receiveImport(deps)(file, onBytes)
    if (received.isErr()) return err(received.error)
    return reconcileWith(deps)(await received.value.keep(), runId, operator, dueAt)
  }
