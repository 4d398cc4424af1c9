// @ts-check

/**
 * Cuts a stream of server-sent events into events; feed it text as it comes, cut anywhere.
 * @type {(onEvent: (event: string, data: string) => void) => (chunk: string) => void}
 */
export const eventParser = (onEvent) => {
  let rest = ''
  let event = 'message'
  /** @type {string[]} */
  let data = []
  const dispatch = () => {
    if (data.length > 0) onEvent(event, data.join('\n'))
    event = 'message'
    data = []
  }
  const readLine = (/** @type {string} */ line) => {
    if (line === '') dispatch()
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
    else if (line.startsWith('event:')) event = line.slice(6).trim()
  }
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line.replace(/\r$/, ''))
  }
}
