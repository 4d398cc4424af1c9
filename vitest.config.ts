import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: [
      'tests/browser/**',
      'tests/mariadb/**',
      'tests/fresh-start/**',
      'tests/simulation/**',
      'tests/fuzz/**',
      'tests/races/**',
      'tests/kill/**',
      'tests/faults/**',
      'tests/services/**',
      'tests/scale/**',
      'tests/reconciliation/**',
      'node_modules/**',
    ],
    pool: 'threads',
    maxWorkers: '100%', // Left alone it keeps one core free, which of two is half.
    isolate: false, // Tests share no state; loading the modules once for each worker saves a quarter of the time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
