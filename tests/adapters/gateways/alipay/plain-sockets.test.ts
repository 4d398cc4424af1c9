import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createRequestSigner } from '../../../../src/adapters/gateways/alipay/request-signing.ts'

describe('the SDK of Alipay, once it is loaded', () => {
  it('lets other clients close their connections together, for one reason', () => {
    expect(createRequestSigner).toBeTypeOf('function') // Who has this has loaded the SDK.
    const reason = new Error('the client is closed')
    const sockets = [new Socket(), new Socket()]
    for (const socket of sockets) socket.on('error', () => undefined).destroy(reason)
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true])
    expect(Object.getOwnPropertyDescriptor(Socket.prototype, 'destroy')).toBeUndefined()
  })
})
