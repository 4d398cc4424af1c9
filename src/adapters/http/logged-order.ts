import type { Context } from './context.ts'

/** As we make ids: anything else was made up by the caller, and may be whatever the caller had at hand. */
const ID = /^[0-9a-f]{32}$/

/** Has the line of a request in the log say which order it is about, where the path or the body names one. */
export const logOrder = ({ state }: Context, given: unknown): void => {
  if (typeof given !== 'object' || given === null || !('orderId' in given)) return
  if (typeof given.orderId === 'string' && ID.test(given.orderId)) state.logged['orderId'] = given.orderId
}
