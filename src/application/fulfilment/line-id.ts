/** Names one line of an order as the source of what it delivered. */
export const lineId = (orderId: string, line: number): string => `${orderId}:${line}`
