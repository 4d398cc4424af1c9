import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/kill/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: '100%',
    isolate: false, // Each world has a program, a database and gateways of its own.
    testTimeout: 900_000,
    hookTimeout: 600_000,
  },
})
