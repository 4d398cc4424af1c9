import { GroupCommit } from '../group-commit.ts'
import { assertSchema } from '../schema-state.ts'
import { sqliteBuilder } from '../sqlite-builder.ts'
import { SqliteConnection } from '../sqlite-connection.ts'
import { durablyOn } from '../store-ports.ts'
import type { SealedDatabase } from './rotate-keys.ts'

/** Opens a file beside the services that work on it. */
export const openSealedSqlite = async (path: string): Promise<SealedDatabase> => {
  const writer = new SqliteConnection(path, 'write')
  try {
    await assertSchema(sqliteBuilder(writer.database))
    const reader = new SqliteConnection(path, 'read')
    writer.shortenPatience()
    const group = new GroupCommit(writer, { onCommit: () => undefined })
    return {
      reader,
      durably: durablyOn(group),
      async close() {
        await group.close()
        reader.close()
        writer.close()
      },
    }
  } catch (error) {
    writer.close()
    throw error
  }
}
