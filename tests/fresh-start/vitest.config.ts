import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/fresh-start/**/*.test.ts'],
    fileParallelism: false,
    hookTimeout: 180_000,
    testTimeout: 180_000,
  },
})
