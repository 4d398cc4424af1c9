import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { watchOutput } from '../support/watched-output.ts'

const ENTRY = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))
const PRELOAD = new URL('./preload.ts', import.meta.url).href
const READY = /收银 Shouyin(?: worker)?\s+(http:\/\/[^/\s]+)/

export type Program = {
  readonly origin: string
  readonly pid: number
  /** From now on its wall clock is so far ahead. */
  setAhead(ms: number): void
  /** How much of its heap is in use once everything that nobody needs is gone. */
  heapBytes(): Promise<number>
  /** The end of what it has written so far, to either stream. It is searched for secrets when the program is gone. */
  output(): string
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
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const output = watchOutput(environment)
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', output.write)
  const origin = await ready(child, ended, output.tail)
  return {
    origin,
    output: output.tail,
    pid: child.pid ?? 0,
    setAhead(ms) {
      if (child.connected) child.send({ aheadMs: ms })
    },
    heapBytes() {
      const told = new Promise<number>((resolve) => {
        child.once('message', ({ heapBytes }: { readonly heapBytes: number }) => resolve(heapBytes))
      })
      child.send({ question: 'heap' })
      return told
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
      output.verify()
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      output.verify()
      return code
    },
  }
}

const ready = (child: ChildProcess, ended: Promise<number | null>, output: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    const look = (): void => {
      const [, origin] = READY.exec(output()) ?? []
      if (origin === undefined) return
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look)
      resolve(origin)
    }
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
    void ended.then((code) => reject(new Error(`it ended with ${code} before it served:\n${output()}`)))
  })
