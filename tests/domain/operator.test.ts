import { describe, expect, it } from 'vitest'
import {
  isLapsed,
  isOperatorActor,
  ONE_TIME_PASSWORD_MS,
  operatorActor,
  parseOperatorName,
} from '../../src/domain/operator.ts'
import { isOpenSession, isUnseen, SESSION_IDLE_MS } from '../../src/domain/operator-session.ts'
import { minute, operatorAccount, operatorSession } from '../support/builders.ts'

describe('the name of an operator', () => {
  it.each([
    ['Boss', 'boss'],
    ['li.lei_2-x', 'li.lei_2-x'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('%s is %s', (typed, name) => {
    expect(parseOperatorName(typed)).toBe(name)
  })

  // The third and the fourth become letters of ours in lower case.
  it.each(['ab', 'a'.repeat(65), '\u212Ang', 'İbo', 'a b c', ' boss', 'boss\n', '老板们', 'a:b', ''])(
    'is not %j',
    (typed) => {
      expect(parseOperatorName(typed)).toBeUndefined()
    },
  )

  it('is told from the subject of a token in records', () => {
    expect(operatorActor('boss')).toBe('operator:boss')
    expect([operatorActor('boss'), 'boss', 'cli:boss'].map(isOperatorActor)).toEqual([true, false, false])
  })
})

describe('a one-time password', () => {
  const at = (ms: number) => new Date(minute(1).getTime() + ms)

  it('is of no use after three days, and one’s own lasts', () => {
    const handedOver = operatorAccount({ mustChangePassword: true })
    expect(isLapsed(handedOver, at(ONE_TIME_PASSWORD_MS - 1))).toBe(false)
    expect(isLapsed(handedOver, at(ONE_TIME_PASSWORD_MS))).toBe(true)
    expect(isLapsed(operatorAccount(), at(10 * ONE_TIME_PASSWORD_MS))).toBe(false)
  })
})

describe('a session', () => {
  const at = (ms: number) => new Date(minute(1).getTime() + ms)

  it('ends half an hour after it was used, and after twelve hours however much it is', () => {
    expect(isOpenSession(operatorSession(), at(SESSION_IDLE_MS - 1))).toBe(true)
    expect(isOpenSession(operatorSession(), at(SESSION_IDLE_MS))).toBe(false)
    const used = operatorSession({ seenAt: minute(720) })
    expect([minute(720), minute(721)].map((now) => isOpenSession(used, now))).toEqual([true, false])
  })

  it('is noted to be used once a minute', () => {
    expect([59_999, 60_000].map((ms) => isUnseen(operatorSession(), at(ms)))).toEqual([false, true])
  })
})
