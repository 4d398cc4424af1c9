import { defineConfig } from 'vitest/config'

/** Everything that is tested over HTTP with a database behind it, on MariaDB. */
export default defineConfig({
  test: {
    include: ['tests/wire/**/*.test.ts', 'tests/main/start.test.ts', 'tests/main/run-command.test.ts'],
    env: { TEST_DATABASE: 'mariadb' },
    pool: 'threads',
    maxWorkers: '100%',
    isolate: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
