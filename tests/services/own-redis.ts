import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A Redis of a test's own, to be killed, stopped and emptied. */
export type OwnRedis = {
  readonly url: string
  /** Starts it again where it was killed, empty. */
  start(): Promise<void>
  kill(): Promise<void>
  /** Lets it stand still, connections and all, until it is to go on. */
  pause(): void
  resume(): void
  flush(): Promise<void>
  remove(): Promise<void>
}

export const ownRedis = async (): Promise<OwnRedis> => {
  const port = await freePort()
  const directory = temporaryDirectory()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory.path]
    server = spawn('redis-server', settings, { stdio: 'ignore' })
    await answering(url)
  }
  const kill = async (): Promise<void> => {
    if (server === undefined) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
    server = undefined
  }
  await start()
  return {
    url,
    start,
    kill,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    async flush() {
      const redis = new Redis(url)
      await redis.flushall()
      redis.disconnect()
    },
    async remove() {
      await kill()
      directory.remove()
    },
  }
}

const answering = async (url: string): Promise<void> => {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 100 })
  redis.on('error', () => undefined) // It is about to be there.
  await redis.ping()
  redis.disconnect()
}
