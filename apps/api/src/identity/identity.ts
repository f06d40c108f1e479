import type { Clock, HealthCheck, Logger } from '@tagservice/service-kit';
import { requiredOnce } from '@tagservice/service-kit';
import { anonymous } from './caller.ts';
import type { Caller } from './caller.ts';
import { KeyKeeper } from './key-keeper.ts';
import { fileKeys, remoteKeys } from './key-sources.ts';
import { TokenVerifier } from './token-verifier.ts';
import type { TokenRules } from './token-verifier.ts';

/** How callers are known, as declared. */
export type IdentitySettings =
  | { readonly mode: 'Anonymous' }
  | {
      readonly mode: 'JWT';
      readonly rules: TokenRules;
      readonly keys: { readonly url: string } | { readonly file: string };
    };

/** How callers are known, at work. */
export type Identity =
  | { readonly mode: 'Anonymous'; readonly caller: Caller }
  | { readonly mode: 'JWT'; readonly verifier: TokenVerifier; readonly check: HealthCheck };

export interface IdentityPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Builds what knows callers. The source of the keys may be away: the instance starts and says so in its readiness. */
export function identityOf(settings: IdentitySettings, { clock, logger }: IdentityPorts): Identity {
  if (settings.mode === 'Anonymous') return { mode: 'Anonymous', caller: anonymous };
  const source = 'url' in settings.keys ? remoteKeys(settings.keys.url) : fileKeys(settings.keys.file);
  const keys = new KeyKeeper({ source, clock, logger });
  return {
    mode: 'JWT',
    verifier: new TokenVerifier({ keys, rules: settings.rules, clock }),
    check: requiredOnce({
      name: 'keys',
      kinds: ['ready'],
      async check() {
        await keys.keys();
        return { ok: true };
      },
    }),
  };
}
