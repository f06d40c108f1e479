import type { z } from 'zod';
import {
  DEAD_LETTER_VERSION,
  MESSAGE_VERSION,
  deadLetterSchema,
  tagOutcomeSchema,
  tagRequestSchema,
  type DeadLetter,
  type TagOutcome,
  type TagRequest,
} from './messages.ts';

/** Largest request that is parsed, in bytes: a URL of 2048 characters and its envelope fit four times over. */
export const REQUEST_MAX_BYTES = 16_384;

/** Largest outcome that is parsed, in bytes. */
export const OUTCOME_MAX_BYTES = 1_048_576;

/** How one kind of message is read. */
export interface MessageFormat<T> {
  /** The version that the schema describes. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
  readonly maxBytes: number;
  /** Makes a message of this version out of one of the version before. It may find anything in there, and may not throw. */
  readonly upgrade: (former: Readonly<Record<string, unknown>>) => unknown;
}

/** Nothing to do: there is no version before. */
const first = (former: Readonly<Record<string, unknown>>): unknown => former;

/** How each kind of message is read. Of each version that is read there are golden files in `libs/contracts/test/golden`. */
export const messageFormats: {
  readonly request: MessageFormat<TagRequest>;
  readonly outcome: MessageFormat<TagOutcome>;
  readonly deadLetter: MessageFormat<DeadLetter>;
} = {
  request: { version: MESSAGE_VERSION, schema: tagRequestSchema, maxBytes: REQUEST_MAX_BYTES, upgrade: first },
  outcome: { version: MESSAGE_VERSION, schema: tagOutcomeSchema, maxBytes: OUTCOME_MAX_BYTES, upgrade: first },
  deadLetter: {
    version: DEAD_LETTER_VERSION,
    schema: deadLetterSchema,
    maxBytes: OUTCOME_MAX_BYTES,
    // Version 1 did not tell whether the value was cut: what it holds counts as all of it.
    upgrade: (former) => {
      const { value } = former;
      const valueBytes = typeof value === 'string' ? Buffer.byteLength(value, 'base64') : 0;
      return { ...former, version: DEAD_LETTER_VERSION, valueBytes };
    },
  },
};

/** The version before and the current one; versions begin with 1. */
export function readableVersions({ version }: Pick<MessageFormat<unknown>, 'version'>): readonly number[] {
  return version > 1 ? [version - 1, version] : [version];
}
