import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/faults/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 3, // Each has four processes and a server beside it, and mostly waits.
    isolate: false,
    testTimeout: 3_600_000,
    hookTimeout: 900_000,
  },
})
