import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The given settings as text: empty means unset, and any of them may stand in a file named by `X_FILE`.
 * Only known names are looked at, since other programs have variables ending in `_FILE` too.
 */
export const readSettings = (
  environment: Environment,
  names: readonly string[],
): { readonly values: Readonly<Record<string, string>>; readonly problems: readonly string[] } => {
  const values: Record<string, string> = {}
  const problems: string[] = []
  for (const name of names) {
    const value = environment[name]
    const file = environment[`${name}_FILE`]
    if (value !== undefined && value !== '' && file !== undefined && file !== '')
      problems.push(`${name}: set it directly or by ${name}_FILE, not both`)
    else if (value !== undefined && value !== '') values[name] = value
    else if (file !== undefined && file !== '') readInto(values, problems, name, file)
  }
  return { values, problems }
}

const readInto = (values: Record<string, string>, problems: string[], name: string, file: string): void => {
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (text === '') problems.push(`${name}_FILE: the file is empty`)
    else values[name] = text
  } catch {
    problems.push(`${name}_FILE: the file can't be read`)
  }
}
