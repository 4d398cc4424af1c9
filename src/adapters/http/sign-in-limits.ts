import type { FailureLimit } from '../../application/count-failures.ts'
import { parseOperatorName } from '../../domain/operator.ts'
import type { Browser } from './browser.ts'
import { countableAddress } from './client-address.ts'
import type { HttpDeps } from './deps.ts'
import { DEVICE_COOKIE } from './device-token.ts'

/**
 * By what the failures of a sign-in are counted. A browser in which this operator has signed in before has a count of its
 * own and no other, so that nobody elsewhere can use up its tries. All others share one for the name, one for their
 * network, and one for the whole service.
 */
export const signInLimits = (
  { limits, deviceTokens }: Pick<HttpDeps, 'limits' | 'deviceTokens'>,
  { typed, ip, browser }: { readonly typed: string; readonly ip: string; readonly browser: Browser },
): readonly FailureLimit[] => {
  const name = parseOperatorName(typed) ?? ''
  const device = deviceTokens.verify(browser.cookie(DEVICE_COOKIE) ?? '')
  if (device !== undefined && device.name === name)
    return [{ limiter: limits.signInFailuresPerDevice, key: `device:${device.id}` }]
  return [
    { limiter: limits.signInFailuresPerIp, key: countableAddress(ip) },
    { limiter: limits.signInFailuresPerName, key: name },
    { limiter: limits.signInFailuresOfStrangers, key: 'all' },
  ]
}
