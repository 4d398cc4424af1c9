import type { ReadStream } from 'node:tty'

type Input = NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>
type Output = { write(text: string): unknown }

/** What is piped in, to the end of its first line; at a terminal typed twice and not shown. Nothing where the two differ. */
export const readPassword = async (input: Input, output: Output): Promise<string | undefined> => {
  if (input.isTTY !== true) return firstLine(input)
  const first = await typed(input, output, 'password 密码: ')
  const again = await typed(input, output, 'again 再次输入: ')
  return first === again ? first : undefined
}

const firstLine = async (input: Input): Promise<string> => {
  input.setEncoding('utf8')
  let text = ''
  for await (const part of input) text += String(part)
  return text.split(/\r?\n/)[0] ?? ''
}

const [INTERRUPT, END, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007F']

const typed = (input: Input, output: Output, question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const characters: string[] = []
    const finish = (): void => {
      input.off('data', onData)
      input.setRawMode?.(false)
      input.pause()
      output.write('\n')
    }
    const onData = (data: unknown): void => {
      for (const character of String(data)) {
        if (character === INTERRUPT) {
          finish()
          return reject(new Error('interrupted'))
        }
        if (character === '\r' || character === '\n' || character === END) {
          finish()
          return resolve(characters.join(''))
        }
        if (character === BACKSPACE || character === DELETE) characters.pop()
        else characters.push(character)
      }
    }
    output.write(question)
    input.setEncoding('utf8')
    input.setRawMode?.(true)
    input.on('data', onData)
    input.resume()
  })
