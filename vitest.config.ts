import { defineConfig } from 'vitest/config';

// Two projects: `unit` is pure and quick; `integration` runs against real servers; one Kafka
// is shared by the whole run and started when the first test asks for it (see tools/testbed/src/shared-kafka.ts).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,apps,tools}/*/src/**/*.spec.ts', '{operator,bench,e2e}/{src,faults}/**/*.spec.ts'],
          exclude: ['**/*.integration.spec.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{libs,apps,tools}/*/src/**/*.integration.spec.ts',
            '{operator,bench,e2e}/{src,faults}/**/*.integration.spec.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: ['./tools/testbed/src/vitest-kafka.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Every file starts servers of its own and waits for them about half of its time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
