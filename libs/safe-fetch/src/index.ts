export { NetworkError, classifyAddress, parseNetworks } from './address.ts';
export type { AddressVerdict, Network } from './address.ts';
export type { Resolve, ResolveOptions } from './resolve.ts';
export type { FetchCode, FetchError, FetchResult, FetchUnchanged, FetchedPage } from './result.ts';
export { createSafeFetch, safeFetch } from './safe-fetch.ts';
export type { FetchOptions, SafeFetch } from './options.ts';
export type { HostTurns, NoTurn, Turn, TurnOutcome } from './turns.ts';
export type { IfChanged, Validators } from './validators.ts';
