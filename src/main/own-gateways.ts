import type { Result } from 'neverthrow'
import type { Clock } from '../application/clock.ts'
import type { Randomness } from '../application/randomness.ts'
import { publicUrlOf, type Settings, usesSandbox } from './config.ts'
import { dataDirectory } from './data-directory.ts'
import { type OpenGateways, openGateways } from './gateways.ts'
import { settingsBesideSandbox } from './sandbox.ts'

/** The gateways of a command's own, beside those of a service that may be running. */
export const openOwnGateways = async (
  settings: Settings,
  { clock, randomness }: { readonly clock: Clock; readonly randomness: Randomness },
): Promise<Result<OpenGateways, readonly string[]>> => {
  const own = usesSandbox(settings) ? await settingsBesideSandbox(settings, dataDirectory(settings)) : settings
  return openGateways(own, { clock, randomness, publicUrl: publicUrlOf(own), log: () => undefined })
}
