import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/simulation/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false, // The seeds themselves run on all cores.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
})
