import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Where Debian puts it; the command in the path would start it as another user. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const START_MS = 45_000

export const hasPrivateRabbitmq = existsSync(SERVER)

/** A RabbitMQ of a test's own that it may kill; what is durable lies in a directory that goes in the end. */
export const privateRabbitmq = async () => {
  const directory = temporaryDirectory()
  const [port, distribution] = [await freePort(), await freePort()]
  const file = (name: string) => join(directory.path, name)
  mkdirSync(file('log'))
  writeFileSync(file('plugins'), '[].')
  let pid: number | undefined
  const start = async (settings = ''): Promise<void> => {
    writeFileSync(file('rabbitmq.conf'), settings)
    const child = spawn(SERVER, {
      stdio: 'ignore',
      detached: true,
      env: {
        PATH: process.env['PATH'],
        HOME: directory.path,
        RABBITMQ_NODENAME: `shouyin${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distribution),
        RABBITMQ_MNESIA_BASE: file('data'),
        RABBITMQ_LOG_BASE: file('log'),
        RABBITMQ_PID_FILE: file('pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
        RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
        RABBITMQ_CONF_ENV_FILE: '/dev/null',
      },
    })
    child.unref()
    pid = child.pid && -child.pid // All that it begins with, until the server itself is known.
    const until = performance.now() + START_MS
    while (!(await listens(port))) {
      if (performance.now() > until) throw new Error('RabbitMQ did not start')
      await setTimeout(100)
    }
    pid = Number(readFileSync(file('pid'), 'utf8'))
  }
  const kill = async (): Promise<void> => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    pid = undefined
    while (await listens(port)) await setTimeout(20)
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    start,
    kill,
    async remove() {
      await kill()
      directory.remove()
    },
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
