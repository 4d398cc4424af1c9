import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'

describe('the composition', () => {
  let running: RunningHere
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  it.each(Object.keys(tokens))('can give out %s, the same one each time', (name) => {
    const token = tokens[name as keyof typeof tokens] // The keys of the very object.
    const first: unknown = running.service.container.get<unknown>(token)
    expect(first).toBeDefined()
    expect(running.service.container.get<unknown>(token)).toBe(first)
  })
})
