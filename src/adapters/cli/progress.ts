export type Progress = {
  readonly update: (done: number, total: number) => void
  /** Removes the bar. */
  readonly end: () => void
}

const WIDTH = 30

/** One line that is written over and over; nothing is written where nobody looks. */
export const progressBar = (
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  label: string,
): Progress => {
  if (stream.isTTY !== true) return { update: () => undefined, end: () => undefined }
  let shown = ''
  return {
    update(done, total) {
      const line = barOf(label, done, total)
      if (line !== shown) stream.write(`\r\u001B[K${line}`)
      shown = line
    },
    end() {
      if (shown !== '') stream.write('\r\u001B[K')
      shown = ''
    },
  }
}

/** `label  [#####-----]  50 %`. */
export const barOf = (label: string, done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(done / total, 1)
  const full = Math.floor(share * WIDTH)
  return `${label}  [${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]  ${Math.floor(share * 100)} %`
}
