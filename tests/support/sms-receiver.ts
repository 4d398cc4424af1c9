import { createHash, createHmac } from 'node:crypto'
import { type RobotCall, startRobotReceiver } from './robot-receiver.ts'

export const SMS_KEYS = { secretId: 'AKIDtest', secretKey: 's3cret' } as const

type Status = { readonly Code: string; readonly PhoneNumber: string }

/** Tencent Cloud's server for text messages: it takes what is signed as TC3-HMAC-SHA256 wants it, and nothing else. */
export const startSmsReceiver = async () => {
  const receiver = await startRobotReceiver()
  const taken: Record<string, unknown>[] = []
  const script: { code: (number: string) => string } = { code: () => 'Ok' }
  const answer = (call: RobotCall) => {
    if (!isSigned(call)) return respond({ Error: { Code: 'AuthFailure.SignatureFailure', Message: 'with s3cret' } })
    const request = JSON.parse(call.body)
    const numbers: readonly string[] = request.PhoneNumberSet
    const statuses = numbers.map((PhoneNumber): Status => ({ Code: script.code(PhoneNumber), PhoneNumber }))
    if (statuses.some(({ Code }) => Code === 'Ok')) taken.push(request)
    return respond({ SendStatusSet: statuses })
  }
  receiver.script.reply = answer
  return { ...receiver, robot: receiver.script, script, taken, answer }
}

const respond = (response: object) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ Response: { ...response, RequestId: 'r' } }),
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** As the provider's manual has it, for the service `sms` under its real name. */
const isSigned = ({ url, body, headers }: RobotCall): boolean => {
  const timestamp = String(headers['x-tc-timestamp'])
  if (headers['x-tc-action'] !== 'SendSms' || headers['x-tc-version'] !== '2021-01-11' || url.pathname !== '/')
    return false
  const signed = `content-type:${headers['content-type']}\nhost:sms.tencentcloudapi.com\n`
  const request = ['POST', '/', '', signed, 'content-type;host', sha256(body)].join('\n')
  const date = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10)
  const scope = `${date}/sms/tc3_request`
  const key = hmac(hmac(hmac(`TC3${SMS_KEYS.secretKey}`, date), 'sms'), 'tc3_request')
  const signature = hmac(key, ['TC3-HMAC-SHA256', timestamp, scope, sha256(request)].join('\n')).toString('hex')
  const credential = `Credential=${SMS_KEYS.secretId}/${scope}`
  return (
    headers.authorization === `TC3-HMAC-SHA256 ${credential}, SignedHeaders=content-type;host, Signature=${signature}`
  )
}
