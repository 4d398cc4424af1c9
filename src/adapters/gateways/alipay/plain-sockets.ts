import { Socket } from 'node:net'

const destroy = Object.getOwnPropertyDescriptor(Socket.prototype, 'destroy')

/**
 * Gives sockets their own `destroy` back. Loading the SDK loads an HTTP client that puts one of its own in its place, for
 * the whole process, which throws when a second socket is destroyed for the same reason: two open connections of any
 * other client, closed together, ended the process. What that client notes there it needs for no answer.
 *
 * Has to be loaded before the SDK and called after.
 */
export const restoreSockets = (): void => {
  // What was there is put back, or, as the class has it by inheritance, nothing.
  if (destroy === undefined) Reflect.deleteProperty(Socket.prototype, 'destroy')
  else Object.defineProperty(Socket.prototype, 'destroy', destroy)
}
