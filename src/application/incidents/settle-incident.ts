import { type IncidentKind, type Resolution, transitionIncident } from '../../domain/incident.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Repositories } from '../transaction.ts'

type Same = { readonly kind: IncidentKind; readonly provider: Provider; readonly subject: string }

/** Closes the incident about what has found its end after all, where there is one that nobody has closed. */
export const settleIncident = async (
  { incidents }: Pick<Repositories, 'incidents'>,
  { kind, provider, subject }: Same,
  resolution: Resolution,
): Promise<void> => {
  const before = await incidents.findSame(kind, provider, subject)
  if (before?.status !== 'open') return
  const after = transitionIncident(before, { type: 'resolved', resolution })
  if (after.status === 'resolved') await incidents.resolve(after)
}
