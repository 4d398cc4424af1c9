const DUPLICATE_CODES = ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'ER_DUP_ENTRY']

/** A unique key was taken: the statement did nothing and the transaction goes on. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && DUPLICATE_CODES.some((code) => code === error.code)

/** `false` where it turns out to exist already; any other taken key is a bug and throws. */
export const insertOnce = async (insert: () => Promise<void>, exists: () => Promise<boolean>): Promise<boolean> => {
  try {
    await insert()
    return true
  } catch (error) {
    if (isDuplicate(error) && (await exists())) return false
    throw error
  }
}
