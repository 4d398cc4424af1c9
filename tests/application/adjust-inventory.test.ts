import { describe, expect, it } from 'vitest'
import { adjustInventory } from '../../src/application/stock/adjust-inventory.ts'
import { world } from './world.ts'

const operator = { actor: 'boss', requestId: 'r1', ip: undefined }
const change = (entryId: string, delta: number) => ({ entryId, sku: 'S', delta, reason: '盘点' })

const warehouse = async () => {
  const { deps } = await world([])
  const adjust = adjustInventory(deps)
  return { adjust: (entryId: string, delta: number) => adjust(change(entryId, delta), operator) }
}

describe('adjusting the stock by hand', () => {
  it('adds and takes away', async () => {
    const { adjust } = await warehouse()
    expect((await adjust('e1', 5))._unsafeUnwrap()).toEqual({ sku: 'S', onHand: 5, reserved: 0 })
    expect((await adjust('e2', -2))._unsafeUnwrap().onHand).toBe(3)
  })

  it('counts a repeated change once, even where it would no longer be possible', async () => {
    const { adjust } = await warehouse()
    await adjust('e1', 5)
    await adjust('e2', -5)
    expect((await adjust('e2', -5))._unsafeUnwrap().onHand).toBe(0)
    expect((await adjust('e1', 5))._unsafeUnwrap().onHand).toBe(0)
  })

  it('takes nothing away that is not there', async () => {
    const { adjust } = await warehouse()
    expect((await adjust('e1', -1))._unsafeUnwrapErr()).toEqual({ code: 'OUT_OF_STOCK', sku: 'S' })
    await adjust('e2', 2)
    expect((await adjust('e3', -3))._unsafeUnwrapErr().code).toBe('OUT_OF_STOCK')
    expect((await adjust('e3', -2))._unsafeUnwrap().onHand).toBe(0)
  })
})
