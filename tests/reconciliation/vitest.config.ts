import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/reconciliation/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
