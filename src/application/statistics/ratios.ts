/** How large a part is of the whole, with four decimals, half rounded up; 0 where there is nothing to be a part of. */
export const rateOf = (part: number, whole: number): number =>
  whole === 0 ? 0 : roundedQuotient(part * 10_000, whole) / 10_000

/** A sum of whole numbers shared evenly, half rounded up; 0 where nobody shares it. */
export const averageOf = (sum: number, count: number): number => (count === 0 ? 0 : roundedQuotient(sum, count))

/** By whole numbers only: no division leaves a fraction that is rounded before it is looked at. */
const roundedQuotient = (dividend: number, divisor: number): number => {
  const [twice, whole] = [2 * dividend + divisor, 2 * divisor]
  return (twice - (twice % whole)) / whole
}
