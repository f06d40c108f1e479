import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { anonymous, callerOf } from '../identity/caller.ts';

/** Clients keep their address from request to request. */
const networks = new LRUCache<string, string>({ max: 2_000 });

/**
 * Whose quota a request counts against: the tenant, or where there are none the address of the client. Of IPv6 the network of 64 bits, since whoever has
 * one address has all of that.
 */
export function quotaKey(request: FastifyRequest): string {
  const caller = callerOf(request);
  return caller === anonymous ? addressKey(request.ip) : `tenant ${caller.tenant}`;
}

function addressKey(address: string): string {
  const known = networks.get(address);
  if (known !== undefined) return known;
  const key = `address ${networkOf(address)}`;
  networks.set(address, key);
  return key;
}

/** The part of an address that belongs to one client. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const front = groupsOf(head);
  const back = groupsOf(tail);
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

function groupsOf(part = ''): string[] {
  return part === '' ? [] : part.split(':');
}
