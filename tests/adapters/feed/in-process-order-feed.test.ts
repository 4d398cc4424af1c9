import { describe, expect, it } from 'vitest'
import { createInProcessOrderFeed } from '../../../src/adapters/feed/in-process-order-feed.ts'

describe('the order feed', () => {
  it('tells each page of an order, and only of that order, until it leaves', () => {
    const feed = createInProcessOrderFeed()
    const heard: string[] = []
    const leave = feed.subscribe('o1', () => heard.push('first'))
    feed.subscribe('o1', () => heard.push('second'))
    feed.subscribe('o2', () => heard.push('other'))
    feed.announce(['o1'])
    leave()
    leave()
    feed.announce(['o1', 'o3'])
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  it('lets a page leave while it is being told', () => {
    const feed = createInProcessOrderFeed()
    let told = 0
    const leave = feed.subscribe('o1', () => {
      told += 1
      leave()
    })
    feed.announce(['o1', 'o1'])
    expect(told).toBe(1)
  })
})
