/** Why a token is refused: the bounded label of the metric, and the one sentence that the caller reads. */
export const refusals = {
  form: 'The Authorization header is not one bearer token.',
  size: 'The token is too long.',
  malformed: 'The token is not a signed JWT.',
  algorithm: 'The signature algorithm of the token is not accepted.',
  critical: 'The token demands an extension that is not supported.',
  type: 'The token is not an access token.',
  key: 'No key of this service verifies the token.',
  signature: 'No key of this service verifies the token.',
  expired: 'The token has expired.',
  early: 'The token is not valid yet.',
  audience: 'The token is for another audience.',
  issuer: 'The token is from another issuer.',
  claims: 'The token lacks a claim that is needed, or one has the wrong form.',
} as const;

export type Refusal = keyof typeof refusals;

/** A token that proves nothing. It never carries the token or a value from it: errors are logged. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(refusals[reason]);
    this.reason = reason;
  }
}

/** There was never a key to verify tokens with: nothing can be said about any of them. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}
