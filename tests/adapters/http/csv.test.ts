import { describe, expect, it } from 'vitest'
import { csvLine } from '../../../src/adapters/http/csv.ts'

describe('a line of CSV', () => {
  it.each([
    [['a', 'b c', ''], 'a,b c,'],
    [['a,b', 'say "yes"'], '"a,b","say ""yes"""'],
    [['two\nlines', 'two\r\nlines'], '"two\nlines","two\r\nlines"'],
    [['=1+1', '+1', '-1', '@x'], "'=1+1,'+1,'-1,'@x"],
    [['\tx', '\0x', '\rx'], `'\tx,'\0x,"'\rx"`],
    [['=HYPERLINK("http://x","y")'], `"'=HYPERLINK(""http://x"",""y"")"`],
    [['1-1', 'a=b', '年度会员'], '1-1,a=b,年度会员'],
  ])('of %j is %j', (cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`)
  })
})
