import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/races/**/*.test.ts'],
    env: { RACE_STORES: 'fleet' },
    pool: 'threads',
    maxWorkers: 2, // Each has four processes beside it.
    isolate: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
