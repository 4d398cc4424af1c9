/** In how many shapes a secret is looked for. */
const shapesOf = (secret: Buffer): readonly string[] => {
  const text = secret.toString('latin1')
  const hex = secret.toString('hex')
  const isText = /^[ -~]+$/.test(text)
  return [
    ...(isText ? [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)] : []),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => inBase64(secret, offset)),
  ].filter((shape) => shape.length >= 8)
}

/** As it looks amid something longer that is encoded as a whole: what its neighbours have a part in is left out. */
const inBase64 = (secret: Buffer, offset: number): readonly string[] => {
  const padded = Buffer.concat([Buffer.alloc(offset), secret])
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor((padded.length * 8) / 6)
  return (['base64', 'base64url'] as const).map((encoding) => padded.toString(encoding).slice(first, last))
}

/** The names of the secrets that stand in a text, however they are written there. */
export const leaksIn = (text: string, secrets: Readonly<Record<string, string | Buffer>>): readonly string[] => {
  const lower = text.toLowerCase()
  return Object.entries(secrets)
    .filter(([, secret]) => {
      const shapes = shapesOf(typeof secret === 'string' ? Buffer.from(secret) : secret)
      return shapes.some((shape) => text.includes(shape) || (/%/.test(shape) && lower.includes(shape.toLowerCase())))
    })
    .map(([name]) => name)
}

/** The lines between the head and the foot of a PEM, each of which would be too much. */
export const linesOfPem = (name: string, pem: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    pem
      .split('\n')
      .filter((line) => line.length > 40 && !line.startsWith('-'))
      .map((line, n) => [`${name}, line ${n}`, line]),
  )
