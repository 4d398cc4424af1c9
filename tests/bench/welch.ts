export type Sample = { readonly mean: number; readonly variance: number; readonly count: number }

/** Leaves out what is above a bound that is common to all, so that no group is cut differently from another. */
export const trimmed = (groups: readonly (readonly number[])[], kept: number): readonly (readonly number[])[] => {
  const all = groups.flat().toSorted((a, b) => a - b)
  const bound = all[Math.min(all.length - 1, Math.floor(all.length * kept))] ?? 0
  return groups.map((group) => group.filter((value) => value <= bound))
}

export const sampleOf = (values: readonly number[]): Sample => {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return { mean, variance, count }
}

/** Welch's t: how far two means are apart, in what chance alone would move them. */
export const welchT = (a: Sample, b: Sample): number =>
  (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count)
