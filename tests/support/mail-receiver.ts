import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

export type Mail = { readonly from: string; readonly to: readonly string[]; readonly data: string }

/** How a receiver answers a command, by its first word: not at all where it is empty, as one does who takes everything where it is not said. */
type Script = { reply: (verb: string, line: string) => string | undefined }

/** A mail server that writes down what comes. */
export const startMailReceiver = async () => {
  const mails: Mail[] = []
  const logins: string[] = []
  const script: Script = { reply: () => undefined }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // A caller that hangs up is no fault here.
    void converse(socket, { mails, logins, script })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // It listens on a port.
  return {
    port,
    mails,
    logins,
    script,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type Books = { readonly mails: Mail[]; readonly logins: string[]; readonly script: Script }

const DEFAULTS: Readonly<Record<string, string>> = {
  EHLO: '250-test\r\n250 AUTH PLAIN',
  AUTH: '235 welcome',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  QUIT: '221 bye',
}

const converse = async (socket: Socket, { mails, logins, script }: Books): Promise<void> => {
  const answer = (text: string): boolean => text !== '' && socket.write(`${text}\r\n`)
  answer(script.reply('CONNECT', '') ?? '220 test')
  let from = ''
  let to: string[] = []
  let data: string[] | undefined
  for await (const line of createInterface({ input: socket })) {
    if (data !== undefined && line !== '.') data.push(line)
    else if (data !== undefined) {
      const refusal = script.reply('END', '')
      if (refusal === undefined) mails.push({ from, to, data: data.join('\n') })
      answer(refusal ?? '250 queued')
      data = undefined
    } else {
      const verb = line.split(' ')[0]?.toUpperCase() ?? ''
      const reply = script.reply(verb, line) ?? DEFAULTS[verb] ?? '250 ok'
      if (verb === 'AUTH') logins.push(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString())
      if (verb === 'MAIL') [from, to] = [addressIn(line), []]
      if (verb === 'RCPT' && reply.startsWith('2')) to.push(addressIn(line))
      if (reply.startsWith('354')) data = []
      answer(reply)
    }
  }
}

const addressIn = (line: string): string => /<(.*?)>/.exec(line)?.[1] ?? ''

/** What a mail says, of whichever encoding a line of text in it is. */
export const contentOf = ({ data }: Mail): { readonly subject: string; readonly text: string } => {
  const [head = '', ...body] = data.split(/\n\n/)
  const unfolded = head.replace(/\n[ \t]+/g, ' ')
  const subject = /^Subject: (.*)$/m.exec(unfolded)?.[1] ?? ''
  const words = [...subject.matchAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi)].map(([, kind, word = '']) =>
    kind?.toUpperCase() === 'B' ? Buffer.from(word, 'base64') : unquoted(word.replaceAll('_', ' ')),
  )
  const text = body.join('\n\n')
  const isBase64 = /^Content-Transfer-Encoding: base64$/im.test(unfolded)
  return {
    subject: words.length === 0 ? subject : Buffer.concat(words).toString(),
    text: (isBase64 ? Buffer.from(text, 'base64') : unquoted(text.replace(/=\n/g, ''))).toString().replace(/\r/g, ''),
  }
}

const unquoted = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
