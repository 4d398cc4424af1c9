import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ENTRY = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))
const PRELOAD = new URL('./preload.ts', import.meta.url).href
const READY = /收银 Shouyin(?: worker)?\s+(http:\/\/[^/\s]+)/

export type Program = {
  readonly origin: string
  readonly pid: number
  /** From now on its wall clock is so far ahead. */
  setAhead(ms: number): void
  /** SIGKILL, as a crash or the machine's end: nothing is finished, nothing is closed. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>
}

// A killed program leaves no compiled code behind, so one that ends in order makes it for all of them.
const NODE = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(tmpdir(), 'shouyin-kill-compiled') }
let compiled: Promise<unknown> | undefined

type Options = {
  readonly directory: string
  readonly aheadMs: number
  /** Nothing: both roles in one process. */
  readonly role?: readonly ('serve' | 'worker')[]
}

/** Starts the real program as its user does, and waits until it serves. */
export const startProgram = async (
  environment: Readonly<Record<string, string>>,
  { directory, aheadMs, role = [] }: Options,
): Promise<Program> => {
  compiled ??= promisify(execFile)(process.execPath, [ENTRY, 'version'], { cwd: directory, env: NODE })
  await compiled
  const child = spawn(process.execPath, ['--import', PRELOAD, ENTRY, ...role], {
    cwd: directory,
    env: { ...NODE, ...environment, CLOCK_AHEAD_MS: String(aheadMs) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const origin = await ready(child, ended)
  return {
    origin,
    pid: child.pid ?? 0,
    setAhead(ms) {
      if (child.connected) child.send({ aheadMs: ms })
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

const ready = (child: ChildProcess, ended: Promise<number | null>): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        const [, origin] = READY.exec((text += chunk.toString())) ?? []
        if (origin !== undefined) resolve(origin)
      })
    void ended.then((code) => reject(new Error(`it ended with ${code} before it served:\n${text}`)))
  })
