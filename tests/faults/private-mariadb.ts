import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A MariaDB of a test's own, to be killed and started again on the same files. */
export type PrivateMariadb = {
  readonly port: number
  start(): Promise<void>
  kill(): Promise<void>
  remove(): Promise<void>
}

const START_MS = 60_000

/** Settings that are given come after its own, and so count. */
export const privateMariadb = async (given: readonly string[] = []): Promise<PrivateMariadb> => {
  const directory = temporaryDirectory()
  const port = await freePort()
  const data = join(directory.path, 'data')
  const settings = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(directory.path, 'socket')}`,
    `--tmpdir=${directory.path}`, // A server that starts removes what it takes for its own left-overs there.
    `--pid-file=${join(directory.path, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=64M',
    '--user=root',
    '--skip-grant-tables', // Reached from this machine only, and for this test only.
    '--skip-networking=0',
    ...given,
  ]
  await promisify(execFile)(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--user=root', '--skip-test-db', '--auth-root-authentication-method=normal'],
    { env: { ...process.env, TMPDIR: directory.path } },
  )
  let server: ChildProcess | undefined
  const start = async (): Promise<void> => {
    server = spawn('mariadbd', settings, { stdio: 'ignore' })
    await listening(port)
  }
  const kill = async (): Promise<void> => {
    const ending = server
    server = undefined
    if (ending === undefined) return
    const ended = once(ending, 'exit')
    ending.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    port,
    start,
    kill,
    async remove() {
      await kill()
      directory.remove()
    },
  }
}

const listening = async (port: number): Promise<void> => {
  const until = performance.now() + START_MS
  for (;;) {
    try {
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: 1000 })
      await connection.end()
      return
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
