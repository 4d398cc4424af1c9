import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../src/adapters/telemetry/logger.ts'

const logged = (write: (log: ReturnType<typeof createLogger>) => void): string => {
  const lines: string[] = []
  write(createLogger('info', { destination: { write: (line: string) => void lines.push(line) } }))
  return lines.join('')
}

describe('the logger', () => {
  it('writes one JSON object a line', () => {
    const text = logged((log) => log.info({ orderId: 'o1', text: 'two\nlines' }, 'paid'))
    expect(text.endsWith('\n')).toBe(true)
    expect(JSON.parse(text)).toMatchObject({ level: 'info', orderId: 'o1', msg: 'paid' })
    expect(text.trimEnd()).not.toContain('\n')
  })

  it('blanks what is named like a secret', () => {
    const text = logged((log) =>
      log.info({ authorization: 'PLANTED', request: { openid: 'PLANTED', sign: 'PLANTED' } }, 'x'),
    )
    expect(text).not.toContain('PLANTED')
  })

  it('keeps of an error its kind, text and place, and nothing that hangs on it', () => {
    const error = Object.assign(new Error('refused'), { config: { privateKey: 'PLANTED' }, cause: new Error('inner') })
    const text = logged((log) => log.error({ err: error }, 'failed'))
    expect(text).not.toContain('PLANTED')
    expect(JSON.parse(text).err).toMatchObject({ type: 'Error', message: 'refused', cause: { message: 'inner' } })
  })
})
