import type { FastifyRequest } from 'fastify';

/** Where nobody has to say who they are, all callers are one tenant. */
export const ANONYMOUS = 'anonymous';

/** Whose request this is: keys, verdicts and jobs of one tenant are nothing to another. */
export function tenantOf(request: FastifyRequest): string {
  const { caller } = request as { readonly caller?: { readonly tenant?: string } | null };
  return caller?.tenant ?? ANONYMOUS;
}
