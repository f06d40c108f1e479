import { defineConfig } from 'vitest/config';

// Two projects: `unit` is pure and quick; `integration` starts real servers once for the run (see tools/testbed/src/vitest-setup.ts).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,apps,tools}/*/src/**/*.spec.ts', '{operator,bench,e2e}/src/**/*.spec.ts'],
          exclude: ['**/*.integration.spec.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{libs,apps,tools}/*/src/**/*.integration.spec.ts',
            '{operator,bench,e2e}/src/**/*.integration.spec.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
