/**
 * The floor: a bare node:http server that does the callback's work and nothing else, with the same cryptography and
 * the same statements as the product: `node floor-server.ts <database> <keys.json> <each|group>`.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { FloorKeys } from './callback.ts'
import { createChecks, type Fact } from './floor-checks.ts'
import { createBooks } from './floor-books.ts'

const [path = '', keysPath = '', mode = 'each'] = process.argv.slice(2)
const check = createChecks(JSON.parse(readFileSync(keysPath, 'utf8')) as FloorKeys) // Written by the bench itself.
const books = createBooks(path)

type Waiting = { readonly fact: Fact; readonly respond: () => void }
const waiting: Waiting[] = []

const commitAll = (): void => {
  const group = waiting.splice(0, 64)
  books.begin()
  for (const { fact } of group) books.settle(fact)
  books.commit()
  for (const { respond } of group) respond()
  if (waiting.length > 0) setImmediate(commitAll)
}

const accept = (fact: Fact, respond: () => void): void => {
  if (mode === 'each') {
    books.begin()
    books.settle(fact)
    books.commit()
    return respond()
  }
  waiting.push({ fact, respond })
  if (waiting.length === 1) setImmediate(commitAll)
}

const receive = (request: IncomingMessage, response: ServerResponse, chunks: readonly Buffer[]): void => {
  const isWechat = request.url?.includes('/wechat/') === true
  const fact = check(isWechat ? 'wechat' : 'alipay', request.headers, Buffer.concat(chunks))
  if (fact === undefined) {
    response.writeHead(401).end('fail')
    return
  }
  const respond = (): void => void (isWechat ? response.writeHead(204).end() : response.writeHead(200).end('success'))
  if (books.isRepeat(fact)) respond()
  else accept(fact, respond)
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => receive(request, response, chunks))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) console.log(`listening http://127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => process.exit(0))
