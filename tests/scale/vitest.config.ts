import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/scale/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    testTimeout: 600_000,
    hookTimeout: 1_200_000, // Filling it takes minutes on a small machine.
  },
})
