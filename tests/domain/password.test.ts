import { describe, expect, it } from 'vitest'
import { COMMON_NUMBERS, COMMON_WORDS } from '../../src/domain/common-passwords.ts'
import { checkPassword, isCommon, MAX_PASSWORD, MIN_PASSWORD } from '../../src/domain/password.ts'

const flawOf = (typed: string, name = 'boss'): string | undefined =>
  checkPassword(typed, name).match(
    () => undefined,
    ({ flaw }) => flaw,
  )

describe('a password', () => {
  it.each([
    'correct horse battery staple',
    'x7Kq-mP2v-Rt9w',
    '夜来风雨声花落知多少二三事',
    'tumbleweed garnish 41',
    '  一 只 猫 走 过 窗 台  ',
    'dragon83749261',
    'Ξένος-κόσμος!',
    '👩‍👩‍👧🇨🇳𠮷的密码很长很长很长',
  ])('may be %j: anything is allowed', (typed) => {
    expect(flawOf(typed)).toBeUndefined()
  })

  it('has a length in characters, not in units of a computer', () => {
    const letters = 'qkxvzjwmhrtgblpcdnfs'
    expect(flawOf(letters.slice(0, MIN_PASSWORD - 1))).toBe('too_short')
    expect(flawOf(letters.slice(0, MIN_PASSWORD))).toBeUndefined()
    expect(flawOf('𠮷𠮸𠮹𠮺𠮻𠮼')).toBe('too_short')
    const long = letters.repeat(7)
    expect([long.slice(0, MAX_PASSWORD), long.slice(0, MAX_PASSWORD + 1)].map((typed) => flawOf(typed))).toEqual([
      undefined,
      'too_long',
    ])
  })

  it('is the same however its characters were put together', () => {
    const [composed, decomposed] = ['émile zola 1871 x', 'e\u0301mile zola 1871 x']
    expect(checkPassword(decomposed, 'boss')._unsafeUnwrap()).toBe(composed)
  })

  it.each([
    'password1234',
    'Password123!',
    'P@ssw0rd2024',
    'passwordpassword',
    '123456789012',
    '1234567890123456',
    '111111111111',
    'aaaaaaaaaaaaaaaa',
    'abcdefghijkl',
    'abcabcabcabc',
    'qwertyuiop12',
    'qwertyuiop[]',
    '1qaz2wsx3edc',
    '1q2w3e4r5t6y',
    'qazwsxedcrfv',
    'zxcvbnm12345',
    'asdfghjkl123',
    'iloveyou1234',
    'iloveyou!2025',
    'administrator',
    'admin@123456',
    'welcome12345',
    'letmein12345',
    'changeme1234',
    'woaini1314520',
    'woaini5201314',
    'a123456789012',
    'football1234',
    'superman1234',
    'trustno1trustno1',
    'michael12345',
    'monkeydragon',
    'sunshine2024',
    '147258369147',
    'shouyin12345',
    'Shouyin-2026!',
    '!@#$%^&*()_+',
    'princess1990',
    'love the summer home',
    'pass-word-20-26',
    '            ',
    'gongxifacai888',
  ])('is not %s, which everybody tries', (typed) => {
    expect(flawOf(typed)).toBe('too_common')
  })

  it('is not made of who one is', () => {
    expect(flawOf('li.lei-2026!!', 'li.lei')).toBe('too_common')
    expect(flawOf('zhangxiaoming123', 'zhangxiaoming')).toBe('too_common')
    expect(flawOf('hanmeimei12345', 'han.meimei')).toBe('too_common')
  })

  it('is none of at least three thousand that are long enough otherwise', () => {
    const tails = [...COMMON_NUMBERS, '123', '1234', '12345', '123456', '!', '123!', '@123', '2024!', '666666']
    const common = COMMON_WORDS.flatMap((word) => tails.map((tail) => word + tail)).filter(
      ({ length }) => length >= MIN_PASSWORD,
    )
    expect(new Set(common).size).toBeGreaterThan(3000)
    expect(common.filter((_, n) => n % 7 === 0).filter((typed) => !isCommon(typed, 'boss'))).toEqual([])
  })
})
