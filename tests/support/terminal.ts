import { type Terminal, terminalOn } from '../../src/adapters/cli/terminal.ts'

export type RecordingTerminal = Terminal & {
  /** All that was asked for. */
  printed(): string
  /** All that was told beside it. */
  told(): string
}

/** A terminal nobody looks at, which keeps what was written. */
export const recordingTerminal = (): RecordingTerminal => {
  const out: string[] = []
  const err: string[] = []
  const terminal = terminalOn({ write: (text) => out.push(text) }, { write: (text) => err.push(text) })
  return { ...terminal, printed: () => out.join(''), told: () => err.join('') }
}
