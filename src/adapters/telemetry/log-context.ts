import { AsyncLocalStorage } from 'node:async_hooks'

/** What each log line within some work carries, whoever writes it. */
export type LogContext = {
  within<T>(fields: Readonly<Record<string, string>>, work: () => T): T
  fields(): Readonly<Record<string, string>>
}

const NOTHING: Readonly<Record<string, string>> = {}

export const createLogContext = (): LogContext => {
  const around = new AsyncLocalStorage<Readonly<Record<string, string>>>()
  return {
    within: (fields, work) => around.run(fields, work),
    fields: () => around.getStore() ?? NOTHING,
  }
}
