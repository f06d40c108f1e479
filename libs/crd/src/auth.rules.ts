import { say } from './rules.ts';
import type { CelRule } from './rules.ts';

export const keysHaveOneSource: CelRule = {
  name: 'token keys have one source',
  rule: '!has(self.jwksUrl) || !has(self.keysSecretRef)',
  message: say('api.auth has both jwksUrl and keysSecretRef: write one of them'),
  fieldPath: '.keysSecretRef',
};

export const anonymousHasNoKeys: CelRule = {
  name: 'open services check no tokens',
  rule: "self.mode != 'Anonymous' || !(has(self.jwksUrl) || has(self.keysSecretRef) || has(self.issuer) || has(self.audience))",
  message: say(
    'api.auth.mode is Anonymous, which checks no token: leave out jwksUrl, keysSecretRef, issuer and audience, or write mode JWT',
  ),
  fieldPath: '.mode',
};

export const issuerElsewhereIsNamed: CelRule = {
  name: 'tokens of an issuer elsewhere are for this service',
  rule: '!has(self.jwksUrl) || (has(self.issuer) && has(self.audience))',
  message: say(
    'api.auth.jwksUrl needs issuer and audience, because its keys sign tokens for other services too: write both',
  ),
  fieldPath: '.jwksUrl',
};

export const keyAddressIsTrusted: CelRule = {
  name: 'jwksUrl is an address that can be trusted',
  rule: "isURL(self) && url(self).getHostname() != '' && (url(self).getScheme() == 'https' || url(self).getHostname().endsWith('.svc') || url(self).getHostname().endsWith('.svc.cluster.local'))",
  message: say(
    'api.auth.jwksUrl is %s: write an https address, or http to a host of the cluster such as http://keycloak.auth.svc/certs',
    'self',
  ),
};

export const sharesFit: CelRule = {
  name: 'shares of the classes fit',
  rule: 'self.critical + self.normal + self.bulk <= 100',
  message: say(
    'api.priorities add up to %d percent, more than 100: lower critical, normal or bulk',
    'self.critical + self.normal + self.bulk',
  ),
};

export const proxyIsCidr: CelRule = {
  name: 'trusted proxies are networks',
  rule: 'isCIDR(self)',
  message: say('api.trustedProxies has %s, which is no network: write one like 10.0.0.0/8 or fd00::/8', 'self'),
};
