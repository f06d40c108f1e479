import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import { Problem } from '../http/problem.error.ts';
import { sendProblem } from '../http/send-problem.ts';

import { bearerToken } from './bearer.ts';
import type { Caller, Scope } from './caller.ts';
import type { Identity } from './identity.ts';
import { TokenRefused } from './token-refused.error.ts';

export interface AuthenticationOptions {
  readonly identity: Identity;
  readonly registry: Registry;
}

const CHALLENGE = 'Bearer realm="tagservice"';

/** Before every route but the open ones: who calls, and whether that may be. Install it after the hooks that open the span. */
export function installAuthentication(server: FastifyInstance, { identity, registry }: AuthenticationOptions): void {
  const refusedTokens = new Counter({
    name: 'tagservice_api_tokens_refused_total',
    help: 'Tokens that were refused, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  server.decorateRequest('caller', null);

  function refuse(reply: FastifyReply, error: unknown): void {
    if (error instanceof TokenRefused) refusedTokens.inc({ reason: error.reason });
    sendProblem(reply, problemOf(error));
  }

  server.addHook('onRequest', (request, reply, done) => {
    const scope = neededScope(request);
    if (scope === undefined) {
      done();
      return;
    }
    const admit = (caller: Caller) => {
      if (!caller.scopes.has(scope)) {
        sendProblem(reply, scopeMissing(scope));
        return;
      }
      request.caller = caller;
      done();
    };
    try {
      const caller = identify(identity, request);
      if (caller instanceof Promise)
        caller.then(admit).catch((error: unknown) => {
          refuse(reply, error);
        });
      else admit(caller);
    } catch (error) {
      refuse(reply, error);
    }
  });
}

/** Undefined for open routes, and where there is no route: that answer tells nothing. */
function neededScope(request: FastifyRequest): Scope | undefined {
  const access = request.matched.config?.access;
  return access === undefined || access === 'open' ? undefined : access;
}

function identify(identity: Identity, request: FastifyRequest): Caller | Promise<Caller> {
  if (identity.mode === 'Anonymous') return identity.caller;
  const token = bearerToken(request.headers, request.raw.rawHeaders);
  if (token === undefined) throw new Problem('TOKEN_MISSING', { headers: { 'www-authenticate': CHALLENGE } });
  return identity.verifier.verify(token);
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof TokenRefused)) return new Problem('KEYS_UNAVAILABLE', {}, { cause: error });
  const challenge = `${CHALLENGE}, error="invalid_token", error_description="${error.message}"`;
  return new Problem('TOKEN_INVALID', { detail: error.message, headers: { 'www-authenticate': challenge } });
}

function scopeMissing(scope: Scope): Problem {
  const challenge = `${CHALLENGE}, error="insufficient_scope", scope="${scope}"`;
  return new Problem('SCOPE_MISSING', {
    detail: `The token does not have the scope ${scope}.`,
    headers: { 'www-authenticate': challenge },
  });
}
