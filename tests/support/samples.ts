/** What the metrics say, as a test looks at it: values by name and labels, as in `shouyin_x_total{a="b"}`. */
export type Samples = ReadonlyMap<string, number>

export const parseSamples = (text: string): Samples =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ')
        return [line.slice(0, end), Number(line.slice(end + 1))]
      }),
  )

export const readSamples = async ({ origin }: { readonly origin: string }): Promise<Samples> =>
  parseSamples(await (await fetch(`${origin}/metrics`)).text())

/** The sum of all samples of this name that have these labels among theirs. */
export const sumOf = (samples: Samples, name: string, labels: Readonly<Record<string, string>> = {}): number =>
  [...samples]
    .filter(([key]) => key === name || key.startsWith(`${name}{`))
    .filter(([key]) => Object.entries(labels).every(([label, value]) => key.includes(`${label}="${value}"`)))
    .reduce((total, [, value]) => total + value, 0)
