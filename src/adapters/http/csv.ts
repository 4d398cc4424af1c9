/** Makes spreadsheets read the file as UTF-8. */
export const CSV_START = '\uFEFF'

/** One line of a CSV file after RFC 4180, in which no cell is ever taken for a formula. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`

const csvCell = (text: string): string => {
  const plain = startsFormula(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

const startsFormula = (text: string): boolean => text !== '' && '=+-@\t\r\0'.includes(text.charAt(0))
