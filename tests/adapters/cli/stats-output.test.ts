import { describe, expect, it } from 'vitest'
import { runStats } from '../../../src/adapters/cli/stats-command.ts'
import type { ShanghaiDay } from '../../../src/domain/shanghai-day.ts'
import { recordingTerminal } from '../../support/terminal.ts'

describe('shouyin stats rebuild', () => {
  it('names each day that had been wrong', async () => {
    const terminal = recordingTerminal()
    const days = { first: undefined, last: undefined }
    const differed = ['2026-03-01', '2026-03-04'] as unknown as readonly ShanghaiDay[] // As parsing would brand them.
    const count = async () => ({ days: 9, differed })
    expect(await runStats(count, { name: 'stats rebuild', days, json: false }, terminal)).toBe(0)
    expect(terminal.printed().split('\n')).toEqual([
      '2026-03-01  was wrong, is right now 已更正',
      '2026-03-04  was wrong, is right now 已更正',
      '9 days counted, 2 had differed 已重算 9 天，更正 2 天',
      '',
    ])
  })
})
