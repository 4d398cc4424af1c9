import { connect } from 'node:net'

/**
 * Sends exactly these bytes and gives what comes back until the end, or until it looks like `enough`;
 * with `leave`, hangs up as soon as they are sent.
 */
export const rawRequest = (origin: string, request: string, enough?: RegExp | 'leave'): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname, () => {
      socket.write(request, () => {
        if (enough === 'leave') socket.destroy()
      })
    })
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (enough instanceof RegExp && enough.test(text)) socket.destroy()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
