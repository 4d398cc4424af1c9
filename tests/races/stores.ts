import { type Running, startRunning } from '../support/service.ts'
import { startFleet } from './fleet.ts'

type Settings = Readonly<Record<string, string>>

/** What the races are run on, each time afresh. */
export type RaceStore = {
  readonly name: string
  start(settings: Settings): Promise<Running>
}

const sqlite: RaceStore = { name: 'SQLite', start: (settings) => startRunning({ settings }) }

const fleet = (isolation: 'read-committed' | 'repeatable-read'): RaceStore => ({
  name: `two servers and two workers under ${isolation}`,
  start: (settings) => startFleet({ isolation, settings }),
})

const FLEETS = [fleet('read-committed'), fleet('repeatable-read')]

/** One process on a file, or, where the run is told so, many on a server. */
export const STORES: readonly RaceStore[] = process.env['RACE_STORES'] === 'fleet' ? FLEETS : [sqlite]
