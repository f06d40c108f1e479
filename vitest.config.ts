import { defineConfig } from 'vitest/config';

const integration = [
  '{libs,apps,tools}/*/src/**/*.integration.spec.ts',
  '{operator,bench,e2e}/{src,faults}/**/*.integration.spec.ts',
];
/** Tests of leases and time limits of a few seconds: beside others, a busy machine would be the fault that they find. */
const alone = '**/*.alone.integration.spec.ts';
const never = ['**/node_modules/**', '**/dist/**'];

// `unit` is pure and quick; `integration` and `integration-alone` run against real servers; one Kafka
// is shared by the whole run and started when the first test asks for it (see tools/testbed/src/shared-kafka.ts).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{libs,apps,tools}/*/src/**/*.spec.ts', '{operator,bench,e2e}/{src,faults}/**/*.spec.ts'],
          exclude: ['**/*.integration.spec.ts', ...never],
          testTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: integration,
          exclude: [alone, ...never],
          globalSetup: ['./tools/testbed/src/vitest-kafka.ts'],
          // These end what hangs. A broker alone takes 20 s to start on a slow machine; what must be quick says so itself.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Every file starts servers of its own and waits for them about half of its time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration-alone',
          include: [alone],
          exclude: never,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
