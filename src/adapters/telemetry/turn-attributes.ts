/** Names the job whose turn a span is. */
export const TURN = 'shouyin.job'

/** How much a turn has done. */
export const DONE = 'shouyin.job.done'
