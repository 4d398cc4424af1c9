const COMMA = 0x2c
const BACKTICK = 0x60
const TAB = 0x09
const SPACE = 0x20
/** Three times what the widest bill has; a row of more is no row. */
const MOST_CELLS = 96

/** Where the cells of one line lie, over arrays that every line uses again. */
export class Cells {
  readonly starts = new Int32Array(MOST_CELLS)
  readonly ends = new Int32Array(MOST_CELLS)
  bytes: Buffer = Buffer.alloc(0)
  count = 0

  /** More than anything can be made of: the places of the last ones are not known. */
  get tooMany(): boolean {
    return this.count > MOST_CELLS
  }

  /** `` `a,`b,`c ``: at each comma before a backtick, since a text may hold either alone. */
  splitBackticked(bytes: Buffer, start: number, end: number): void {
    const { starts, ends } = this
    let count = 0
    starts[0] = start + 1
    for (let at = start + 1; at < end; at += 1) {
      if (bytes[at] !== BACKTICK || bytes[at - 1] !== COMMA) continue
      ends[count] = at - 1
      count += 1 // Beyond their last place the arrays keep nothing.
      starts[count] = at + 1
    }
    ends[count] = end
    this.bytes = bytes
    this.count = count + 1
  }

  /** `a,b,c`: at each comma. */
  splitAtCommas(bytes: Buffer, start: number, end: number): void {
    const { starts, ends } = this
    let count = 0
    starts[0] = start
    for (let at = start; at < end; at += 1) {
      if (bytes[at] !== COMMA) continue
      ends[count] = at
      count += 1
      starts[count] = at + 1
    }
    ends[count] = end
    this.bytes = bytes
    this.count = count + 1
  }

  /** Takes the tabs and blanks from around one cell. */
  trim(index: number): void {
    const { bytes } = this
    let start = this.starts[index] ?? 0
    let end = this.ends[index] ?? 0
    while (start < end && isPadding(bytes[start])) start += 1
    while (end > start && isPadding(bytes[end - 1])) end -= 1
    this.starts[index] = start
    this.ends[index] = end
  }
}

const isPadding = (byte: number | undefined): boolean => byte === TAB || byte === SPACE
