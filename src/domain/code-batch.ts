/** Codes made together to be handed out, for one product; they count once all of them are made. */
export type CodeBatch = {
  readonly id: string
  readonly productId: string
  readonly validityDays: number
  readonly count: number
  /** How many are made so far. */
  readonly made: number
  /** The first moment at which none of them can be activated any more. */
  readonly expiresAt: Date
  readonly createdAt: Date
}

export const MAX_BATCH = 10_000

export const isComplete = ({ made, count }: CodeBatch): boolean => made === count
