import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/services/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: '100%',
    isolate: false, // As for the other tests: each file has keys, queues and databases of its own.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
