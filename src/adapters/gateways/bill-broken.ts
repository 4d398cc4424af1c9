/** Ends the reading of a file that can't be believed: cut off, not a bill, or contradicting itself. */
export class BillBroken extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'BillBroken'
  }
}
