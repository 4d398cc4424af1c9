import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Sandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { sandboxSettings } from '../../src/main/sandbox.ts'
import { freePort } from '../support/free-port.ts'
import type { FloorKeys } from './callback.ts'

export type Contestant = 'product' | 'floor-each' | 'floor-group'

type Place = {
  readonly directory: string
  readonly path: string
  readonly encryptionKey: Buffer
  readonly sandbox: Sandbox
  /** Of the product, beyond those it needs. */
  readonly settings?: Readonly<Record<string, string>>
}

const TICKS_PER_SECOND = 100

/** Starts a server as a process of its own, on the first core where `taskset` is there; the load runs on the others. */
export const startContestant = async (contestant: Contestant, place: Place) => {
  const port = await freePort()
  const { args, env } = contestant === 'product' ? product(place, port) : floor(contestant, place)
  const pinned = process.platform === 'linux' && availableParallelism() > 1
  const [command, words] = pinned ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, args]
  const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const origin = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${contestant} ended with ${code}`)))
    child.stdout.on('data', (text: Buffer) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text.toString())
      if (found !== null) resolve(found[0])
    })
  })
  return {
    origin,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    stop: () =>
      new Promise<void>((resolve) => {
        child.removeAllListeners('exit')
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

const product = ({ path, encryptionKey, sandbox, settings }: Place, port: number) => ({
  args: ['src/main/shouyin.ts'], // With all it does by itself, as by default.
  env: {
    PATH: process.env['PATH'],
    PORT: String(port),
    DATABASE_URL: `sqlite:${path}`,
    LOG_LEVEL: 'info',
    DATA_ENCRYPTION_KEY: encryptionKey.toString('base64'),
    JWT_SECRET: 'bench'.repeat(10),
    ...sandboxSettings(sandbox),
    ...settings,
  },
})

const floor = (contestant: Contestant, { directory, path, sandbox }: Place) => {
  const keys: FloorKeys = {
    wechatPublicKey: sandbox.wechat.credentials.publicKey,
    wechatPublicKeyId: sandbox.wechat.credentials.publicKeyId,
    wechatApiV3Key: sandbox.wechat.credentials.apiV3Key,
    alipayPublicKey: sandbox.alipay.credentials.alipayPublicKey,
  }
  const keysPath = join(directory, 'keys.json')
  writeFileSync(keysPath, JSON.stringify(keys))
  const mode = contestant === 'floor-each' ? 'each' : 'group'
  return { args: ['tests/bench/floor-server.ts', path, keysPath, mode], env: { PATH: process.env['PATH'] } }
}

/** User and system time of a process, where /proc tells it. */
const cpuMsOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}
