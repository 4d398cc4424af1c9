import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A Redis of a test's own, which may be ended, started again empty, and put to sleep. */
export type PrivateRedis = {
  readonly url: string
  start(): Promise<void>
  kill(): Promise<void>
  /** Its connections stay open and nothing answers. */
  freeze(): void
  thaw(): void
  /** Forgets everything. */
  flush(): Promise<void>
  remove(): Promise<void>
}

export const privateRedis = async (): Promise<PrivateRedis> => {
  const port = await freePort()
  const directory = temporaryDirectory()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    const ending = server
    server = undefined
    if (ending === undefined) return
    const exited = once(ending, 'exit')
    ending.kill('SIGKILL')
    await exited
  }
  const start = async (): Promise<void> => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory.path]
    server = spawn('redis-server', settings, { stdio: 'ignore' })
    await once(server, 'spawn')
    const client = new Redis(url, { retryStrategy: () => 20 })
    client.on('error', () => undefined) // Until it listens.
    await client.ping()
    client.disconnect()
  }
  await start()
  return {
    url,
    start,
    kill,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async flush() {
      const client = new Redis(url)
      await client.flushall()
      client.disconnect()
    },
    async remove() {
      await kill()
      directory.remove()
    },
  }
}
