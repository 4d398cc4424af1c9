/** Thrown out of the content of a bill whose connection ends before it does: what came is not the whole of it. */
export class BillBrokenOff extends Error {
  constructor(reason: string) {
    super(`the bill broke off: ${reason}`)
    this.name = 'BillBrokenOff'
  }
}
