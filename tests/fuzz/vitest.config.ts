import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/fuzz/**/*.test.ts'],
    pool: 'threads',
    fileParallelism: false,
    testTimeout: 36_000_000, // A million inputs, on a machine that has other things to do.
    hookTimeout: 36_000_000,
  },
})
