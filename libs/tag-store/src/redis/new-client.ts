import { createClient } from 'redis';

type Blueprint = ReturnType<typeof createClient>;
/** A client of the library. */
export type RedisClient = ReturnType<Blueprint['duplicate']>;

/** Answers of scripts are read in terms of this version of the protocol. It is part of the class of a client and not only of its options. */
const RESP = 2;

let blueprint: Blueprint | undefined;

/**
 * A client that is not connected yet. The library writes a class with every command of every module for each other set of options, which takes some 25 ms of
 * the event loop; as copies of one that never connects all clients share one class.
 */
export function newClient(options: Parameters<Blueprint['duplicate']>[0] & object): RedisClient {
  blueprint ??= createClient({ RESP });
  return blueprint.duplicate(options);
}
