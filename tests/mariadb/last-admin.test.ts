import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScryptPasswordHasher } from '../../src/adapters/crypto/scrypt-password-hasher.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { addOperator, changeOperator } from '../../src/application/operators/maintain-operators.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { minute } from '../support/builders.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const ROUNDS = 10
const NAMES = ['one', 'two', 'three', 'four']
const OPERATOR = { actor: 'boss', requestId: 'r', ip: undefined }
const hasher = createScryptPasswordHasher({ cost: { N: 16, r: 8, p: 1 } })

const racesUnder = (isolation: Isolation) =>
  describe(`admins of two processes on MariaDB under ${isolation}`, () => {
    let database: MariadbDatabase
    let stores: readonly Store[]
    beforeAll(async () => {
      database = await mariadbDatabase()
      const options = { url: database.urlUnder(isolation), encryption, ids: randomIds }
      stores = [await openMysqlStore(options), await openMysqlStore({ ...options, migrate: false })]
    }, 180_000)
    afterAll(async () => {
      for (const store of stores) await store.close()
      await database.remove()
    })

    const on = ({ transaction }: Store) => {
      const deps = {
        transaction,
        clock: fixedClock({ at: minute(1) }),
        ids: randomIds,
        randomness: systemRandomness,
        hasher,
      }
      return { add: addOperator(deps), change: changeOperator(deps) }
    }

    it('never leave none of them, however they demote and disable each other at once', async () => {
      const [first] = stores
      if (first === undefined) throw new Error('no store')
      for (let round = 0; round < ROUNDS; round += 1) {
        await database.wipe()
        for (const name of NAMES)
          await on(first).add(
            randomIds.entity(),
            { name, displayName: name, role: 'admin' },
            { kind: 'one_time' },
            OPERATOR,
          )
        const changes = NAMES.map((name, n) => {
          const change = n % 2 === 0 ? { role: 'finance' as const } : { status: 'disabled' as const }
          return on(stores[n % 2] ?? first).change(name, change, OPERATOR)
        })
        const all = await Promise.all(changes)
        expect(all.filter((one) => one.isErr())).toHaveLength(1)
        expect(await first.readers.operators.countActiveAdmins()).toBe(1)
      }
    })
  })

withMariadb(() => {
  racesUnder('read committed')
  racesUnder('repeatable read')
})
