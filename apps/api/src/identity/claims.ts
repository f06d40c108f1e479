import type { JWTPayload } from 'jose';
import { PRIORITY_CLASSES, SCOPES } from './caller.ts';
import type { Caller, PriorityClass, Scope } from './caller.ts';
import { TokenRefused } from './token-refused.error.ts';

/** Visible ASCII: it becomes part of storage keys. */
const tenantPattern = /^[\x21-\x7e]{1,256}$/;

/** Who a verified token speaks for. Scopes and classes that are not known here count for nothing. @throws TokenRefused */
export function callerFrom(payload: JWTPayload, tenantClaim: string): Caller {
  const tenant = own(payload, tenantClaim) ?? own(payload, 'sub');
  if (typeof tenant !== 'string' || !tenantPattern.test(tenant)) throw new TokenRefused('claims');
  return { tenant, scopes: scopesOf(payload), priority: priorityOf(payload) };
}

/** `scope` is a list in one text (RFC 8693 §4.2); `scp` is the same, or a list, of issuers that came before it. */
function scopesOf(payload: JWTPayload): ReadonlySet<Scope> {
  const said = own(payload, 'scope') ?? own(payload, 'scp');
  const names: readonly unknown[] = typeof said === 'string' ? said.split(' ') : Array.isArray(said) ? said : [];
  return new Set(SCOPES.filter((scope) => names.includes(scope)));
}

function priorityOf(payload: JWTPayload): PriorityClass {
  const said = own(payload, 'class');
  return PRIORITY_CLASSES.find((one) => one === said) ?? 'normal';
}

/** A claim, and never what an object has by birth. */
function own(payload: JWTPayload, claim: string): unknown {
  return Object.hasOwn(payload, claim) ? payload[claim] : undefined;
}
