import produce from 'kafkajs/src/protocol/requests/produce/index.js';
import { encodeProduce, isOurs, type ProduceArguments } from './produce-request.ts';

const patched = Symbol('quick produce');

/**
 * Makes kafkajs write the batches of our publisher with our own encoder; what else is produced in this process is written as ever.
 * kafkajs 2.2.4 is the last of its line, so what is replaced here does not move.
 */
export function quickProduce(): void {
  if (Object.hasOwn(produce, patched)) return;
  Object.defineProperty(produce, patched, { value: true });
  const { protocol } = produce;
  produce.protocol = ({ version }) => {
    const make = protocol({ version });
    // Earlier versions carry no batches of records; no broker since 0.11 answers to them alone.
    return version < 3 ? make : (args) => quick(make(args), args);
  };
}

type Made = ReturnType<ReturnType<typeof produce.protocol>>;

function quick(made: Made, args: ProduceArguments): Made {
  if (!isOurs(args)) return made;
  const encode = (): Promise<object> => {
    const buf = encodeProduce(args, Date.now());
    // As much of kafkajs' Encoder as the writer of requests looks at.
    return Promise.resolve({ buf, buffer: buf, size: () => buf.length });
  };
  return { ...made, request: { ...made.request, encode } };
}
