/** What is known of a row of the bill once the books have been held against it. */
export type RowStanding =
  /** Nothing of the day's books has this number. */
  | 'unmet'
  | 'matched'
  /** The books have this number with another amount. */
  | 'differs'
  /** A second row with the number of an earlier one. */
  | 'duplicate'

const BLOCK_ROWS = 262_144
/** By so many rows a block grows. */
const STEP_ROWS = 65_536
const LANES = 3
const ROW_BYTES = LANES * Uint32Array.BYTES_PER_ELEMENT
/** An amount that nothing has: such a row is always looked at by itself. So is one of more than 42 million yuan. */
const NO_AMOUNT = 0xffff_ffff
const MOST_FULL = 0.7

const STANDINGS = ['unmet', 'matched', 'differs', 'duplicate'] as const satisfies readonly RowStanding[]
const [UNMET, MATCHED, DIFFERS, DUPLICATE] = [0, 1, 2, 3] as const

/** Bytes that lie in pages of their own, which the system has back as soon as they shrink. */
const room = (bytes: number, most = bytes): ArrayBuffer => new ArrayBuffer(bytes, { maxByteLength: most })

/**
 * The rows of a bill as 12 bytes each: a hash of their numbers, and their amount. With what finds them a million take
 * 19 MB, where objects would take some hundred; and a row whose number and amount are those of the books need never be
 * read again.
 */
export class BillIndex {
  readonly #blocks: Uint32Array<ArrayBuffer>[] = []
  /** Where a line does not follow the one before: from which row on, and its line. Few, as rows follow each other. */
  readonly #runs: { readonly row: number; readonly line: number }[] = []
  #standings = new Uint8Array(room(0))
  #table = new Int32Array(room(0))
  #rows = 0
  #nextLine = -1

  /** Adds the row of a line, in the order of the lines; `undefined` for an amount has it looked at by itself. */
  add(high: number, low: number, amount: number | undefined, line: number): void {
    const place = this.#rows % BLOCK_ROWS
    if (place === 0) this.#blocks.push(new Uint32Array(room(0, BLOCK_ROWS * ROW_BYTES)))
    const block = this.#blocks[this.#blocks.length - 1]
    if (block === undefined) throw new Error('a block was just added')
    if (place % STEP_ROWS === 0) block.buffer.resize((place + STEP_ROWS) * ROW_BYTES)
    block[place * LANES] = high
    block[place * LANES + 1] = low
    block[place * LANES + 2] = amount === undefined || amount > NO_AMOUNT ? NO_AMOUNT : amount
    if (line !== this.#nextLine) this.#runs.push({ row: this.#rows, line })
    this.#nextLine = line + 1
    this.#rows += 1
  }

  /** All rows are in: from here on they can be found. */
  seal(): void {
    this.#standings = new Uint8Array(room(this.#rows))
    const slots = Math.ceil(this.#rows / MOST_FULL) + 1
    this.#table = new Int32Array(room(slots * Int32Array.BYTES_PER_ELEMENT)).fill(-1)
    for (let row = 0; row < this.#rows; row += 1) {
      const high = this.#lane(row, 0)
      const low = this.#lane(row, 1)
      const slot = this.#slotOf(high, low)
      if (this.#table[slot] === -1) this.#table[slot] = row
      else this.#standings[row] = DUPLICATE
    }
  }

  /** Holds something of the books against the bill. */
  meet(high: number, low: number, amount: number): Exclude<RowStanding, 'duplicate'> {
    const row = this.#find(high, low)
    if (row === undefined) return 'unmet'
    const isSame = amount < NO_AMOUNT && this.#lane(row, 2) === amount
    this.#standings[row] = isSame ? MATCHED : DIFFERS
    return isSame ? 'matched' : 'differs'
  }

  /** Whether the bill has a row of this number. */
  has(high: number, low: number): boolean {
    return this.#find(high, low) !== undefined
  }

  /** Of the row on this line; `undefined` where none was added. */
  standingOf(line: number): RowStanding | undefined {
    let [from, to] = [0, this.#runs.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#runs[middle]?.line ?? 0) <= line) from = middle + 1
      else to = middle
    }
    const row = this.#rowIn(from - 1, line)
    return row === undefined ? undefined : STANDINGS[this.#standings[row] ?? UNMET]
  }

  /** Tells of lines that come in their order whether they have to be looked at: all but those of rows that were matched. */
  openLines(): (line: number) => boolean {
    let run = 0
    return (line) => {
      while ((this.#runs[run + 1]?.line ?? Number.POSITIVE_INFINITY) <= line) run += 1
      const row = this.#rowIn(run, line)
      return row === undefined || this.#standings[row] !== MATCHED
    }
  }

  /** Gives the memory back, at once and not when somebody cleans up: whatever comes next needs room as well. */
  release(): void {
    for (const { buffer } of [...this.#blocks, this.#standings, this.#table]) buffer.resize(0)
    this.#blocks.length = 0
    this.#runs.length = 0
    this.#rows = 0
  }

  /** The row on this line, where it belongs to that run. */
  #rowIn(run: number, line: number): number | undefined {
    const begin = this.#runs[run]
    if (begin === undefined || line < begin.line) return undefined
    const row = begin.row + line - begin.line
    return row < (this.#runs[run + 1]?.row ?? this.#rows) ? row : undefined
  }

  #find(high: number, low: number): number | undefined {
    if (this.#rows === 0) return undefined
    const row = this.#table[this.#slotOf(high, low)]
    return row === undefined || row === -1 ? undefined : row
  }

  /** Where this number is, or would be. */
  #slotOf(high: number, low: number): number {
    const { length } = this.#table
    let slot = Math.floor((high / 0x1_0000_0000) * length)
    for (;;) {
      const row = this.#table[slot]
      if (row === undefined || row === -1) return slot
      if (this.#lane(row, 0) === high && this.#lane(row, 1) === low) return slot
      slot = slot + 1 === length ? 0 : slot + 1
    }
  }

  #lane(row: number, lane: number): number {
    const block = this.#blocks[Math.floor(row / BLOCK_ROWS)]
    return block?.[(row % BLOCK_ROWS) * LANES + lane] ?? 0
  }
}
