/** Characters that take two columns of a terminal: Chinese, its punctuation, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}/gu
/** What could move the cursor or change what a terminal shows. */
const CONTROLS = /[\p{Cc}\p{Cf}]/gu

/** Text of strangers as one harmless line. */
export const plain = (text: string): string => text.replace(CONTROLS, ' ')

const widthOf = (text: string): number => Array.from(text).length + (text.match(WIDE)?.length ?? 0)

/** Rows in columns that are as wide as their widest cell, two blanks apart. */
export const tableOf = (rows: readonly (readonly string[])[]): readonly string[] => {
  const cells = rows.map((row) => row.map(plain))
  const widths: number[] = []
  for (const row of cells)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
  return cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}
