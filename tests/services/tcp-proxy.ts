import { connect, createServer } from 'node:net'

/** Stands between a client and a port, and cuts or silences what goes through when a test says so. */
export const tcpProxy = async (port: number) => {
  const links = new Set<() => void>()
  const script = {
    /** Swallows everything, in both directions. */
    silent: false,
    /** Whether what the server says is passed on; `false` cuts the connection in its place. */
    passesBack: () => true,
  }
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const cut = (): void => {
      links.delete(cut)
      client.destroy()
      upstream.destroy()
    }
    links.add(cut)
    client.on('data', (data) => void (script.silent || upstream.write(data)))
    upstream.on('data', (data) => {
      if (script.silent) return
      if (script.passesBack()) client.write(data)
      else cut()
    })
    for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    script,
    url: `amqp://guest:guest@127.0.0.1:${address.port}`,
    cut: () => [...links].forEach((cut) => cut()),
    async stop() {
      for (const cut of links) cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
