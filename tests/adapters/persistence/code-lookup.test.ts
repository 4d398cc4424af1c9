import { ok } from 'neverthrow'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEncryption } from '../../../src/adapters/crypto/aes-encryption.ts'
import {
  accessCodeStatements,
  KyselyAccessCodeRepository,
} from '../../../src/adapters/persistence/kysely-access-code-repository.ts'
import type { Executor } from '../../../src/adapters/persistence/executor.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { codeFromRandom } from '../../../src/domain/access-code.ts'
import { accessProduct, availableCode, entityId } from '../../support/builders.ts'
import { openStore, temporaryFile } from './support.ts'

const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const
const codeOf = (byte: number) => codeFromRandom(new Uint8Array(15).fill(byte))

describe('looking for a code', () => {
  it('takes the same work whether there is none, one of the first key, or one of an earlier key', async () => {
    const file = temporaryFile()
    onTestFinished(() => file.remove())
    for (const [n, keys] of [[OLD], [NEW, OLD]].entries()) {
      const store = await openStore({ path: file.path, encryption: createEncryption(keys) })
      const code = availableCode({ id: entityId(n + 1), origin: { type: 'batch', batchId: entityId(77) } })
      await store.transaction.run(async ({ products, accessCodes }) => {
        if (n === 0) await products.insert(accessProduct())
        return ok(await accessCodes.insert([{ code, text: codeOf(n + 1) }]))
      })
      await store.close()
    }
    const connection = new SqliteConnection(file.path, 'read')
    onTestFinished(() => connection.close())
    const asked: string[] = []
    const on: Executor = {
      rows(sql, values) {
        asked.push(sql)
        return connection.rows(sql, values)
      },
      change: (sql, values) => connection.change(sql, values),
    }
    const statements = accessCodeStatements(sqliteBuilder(connection.database))
    const codes = new KyselyAccessCodeRepository(statements, on, createEncryption([NEW, OLD]))
    const found: (string | undefined)[] = []
    const work: (readonly string[])[] = []
    for (const byte of [1, 2, 3]) {
      found.push((await codes.findByText(codeOf(byte)))?.value.id)
      work.push(asked.splice(0))
    }
    expect(found).toEqual([entityId(1), entityId(2), undefined])
    expect(work[0]).toHaveLength(2)
    expect(work[1]).toEqual(work[0])
    expect(work[2]).toEqual(work[0])
  })
})
