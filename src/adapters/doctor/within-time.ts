import type { Patience } from '../../application/doctor/examine.ts'

/** What comes too late may still end, and nobody hears of it. */
export const withinTime: Patience = async (work, ms) => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late')
  })
  work.catch(() => undefined) // Where nobody waits for it any more.
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
