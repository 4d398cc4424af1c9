import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { NO_FIGURES } from './figures.ts'
import type { DayRange, ProviderFigures, StatisticsReader } from './statistics.ts'

/** Of which days, and of one provider or of all. */
export type StatisticsQuery = { readonly range: DayRange; readonly provider: Provider | undefined }

/** The figures of each provider that is asked about, also of those that have none. */
export const figuresOfAsked = async (
  statistics: StatisticsReader,
  { range, provider }: StatisticsQuery,
): Promise<readonly ProviderFigures[]> => {
  const found = await statistics.byProvider(range)
  return PROVIDERS.filter((name) => provider === undefined || name === provider).map(
    (name) => found.find((one) => one.provider === name) ?? { provider: name, figures: NO_FIGURES },
  )
}
