import { randomBytes, randomUUIDv7 } from 'node:crypto'
import type { Ids } from '../../application/ids.ts'
import { CODE_ALPHABET } from '../../domain/access-code.ts'

const SHANGHAI_MS = 8 * 3_600_000 // China has one time zone and no summer time.
const RANDOM_LENGTH = 22

/** Row keys are version 7 UUIDs, without dashes since WeChat Pay takes 32 characters at most. */
export const randomIds: Ids = {
  entity: () => randomUUIDv7().replaceAll('-', ''),
  outTradeNo: (at) => numberOf('P', at),
  refundNo: (at) => numberOf('R', at),
}

const numberOf = (prefix: 'P' | 'R', at: Date): string => {
  const day = new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, 10).replaceAll('-', '')
  return prefix + day + Array.from(randomBytes(RANDOM_LENGTH), (byte) => CODE_ALPHABET.charAt(byte & 31)).join('')
}
