import { expect, vi } from 'vitest';

/** Long enough for a machine that builds images beside the tests; a condition that holds is seen within 10 ms. */
const patience = { timeout: 15_000, interval: 10 };

/** Polls a value until the assertion that follows holds. */
export const eventually = <T>(read: () => T, options: { timeout?: number; interval?: number } = {}) =>
  expect.poll(read, { ...patience, ...options });

/** Repeats assertions until they hold. */
export const until = async (check: () => void | Promise<void>): Promise<void> => {
  await vi.waitFor(check, patience);
};
