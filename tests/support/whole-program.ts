import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { watchOutput } from './watched-output.ts'

const ENTRY = fileURLToPath(new URL('../../src/main/shouyin.ts', import.meta.url))
const COMPILE_CACHE = new URL('../../src/main/compile-cache.js', import.meta.url).href

export type WholeProgram = {
  /** Where it serves; undefined where it ended before it did. */
  readonly origin: Promise<string | undefined>
  /** All it has written so far, to either stream. */
  output(): string
  /** SIGTERM; gives the exit code. What it has written is then searched for secrets. */
  stop(): Promise<number | null>
}

/** The program as its user starts it, with these settings and nothing else in its environment. */
export const startWholeProgram = (
  environment: Readonly<Record<string, string>>,
  directory: string,
  words: readonly string[] = [],
): WholeProgram => {
  const child = spawn(process.execPath, ['--import', COMPILE_CACHE, ENTRY, ...words], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const watched = watchOutput(environment)
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const origin = new Promise<string | undefined>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        watched.write(chunk)
        const [, found] = /收银 Shouyin\s+(http:\/\/[^/\s]+)/.exec(text) ?? []
        if (found !== undefined) resolve(found)
      })
    void ended.then(() => resolve(undefined))
  })
  return {
    origin,
    output: () => text,
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      watched.verify()
      return code
    },
  }
}
