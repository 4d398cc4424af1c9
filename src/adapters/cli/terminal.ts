import { type Progress, progressBar } from './progress.ts'

/** Where a command writes: what was asked for on one stream, everything else on the other. */
export type Terminal = {
  print(line: string): void
  /** As it is, without an end of line. */
  write(text: string): void
  tell(line: string): void
  /** How far long work is, for whoever looks; nothing where nobody does. */
  progress(label: string): Progress
}

type Stream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }

/** The terminal of this process, or that of a test. */
export const terminalOn = (out: Stream, err: Stream): Terminal => ({
  print: (line) => void out.write(`${line}\n`),
  write: (text) => void out.write(text),
  tell: (line) => void err.write(`${line}\n`),
  progress: (label) => progressBar(err, label),
})

/** How a command ends: done, or not. What was not understood ends with 2 before anything is begun. */
export type ExitCode = 0 | 1
