import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/fresh-start/**/*.test.ts'], fileParallelism: false, testTimeout: 60_000 },
})
