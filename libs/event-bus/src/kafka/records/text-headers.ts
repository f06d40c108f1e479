import type { KafkaMessage } from 'kafkajs';

/** Headers as text. Of a repeated header the first value counts, as for HTTP. */
export function textHeaders(headers: KafkaMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, values]) => {
      // kafkajs takes what every object inherits, `valueOf` and the like, for an earlier value of a header of that name.
      const first = [values].flat().find(isValue);
      return first === undefined ? [] : [[name, first.toString('utf8')]];
    }),
  );
}

const isValue = (value: unknown): value is Buffer | string => typeof value === 'string' || Buffer.isBuffer(value);
