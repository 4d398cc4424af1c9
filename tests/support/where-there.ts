import { describe, it } from 'vitest'

/** Declares tests that need a service: where it is missing they are one clear skip, and in CI a failure. */
export const whereThere = (there: boolean, service: string, address: string, declare: () => void): void => {
  if (there) return declare()
  describe(service, () => {
    if (process.env['CI'] === undefined)
      it.skip(`is not reachable at ${address}, so nothing is known about it`, () => undefined)
    else
      it('is there in CI', () => {
        throw new Error(`CI has to offer ${service} at ${address}`)
      })
  })
}
