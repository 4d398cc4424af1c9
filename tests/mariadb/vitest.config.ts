import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/mariadb/**/*.test.ts'],
    pool: 'threads',
    maxWorkers: '100%',
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
