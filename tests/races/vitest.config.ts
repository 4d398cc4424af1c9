import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/races/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: '100%',
    isolate: false, // As for the other tests: each file has a service and a database of its own.
    testTimeout: 900_000,
    hookTimeout: 600_000,
  },
})
