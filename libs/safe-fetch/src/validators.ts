import type { IncomingHttpHeaders } from 'node:http';
import { single } from './headers.ts';

/** By what a host is asked whether a page has changed. At least one of them. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Asks for a page only if it has changed. Counts at this one URL: on the way to it, validators would be of other answers. */
export interface IfChanged extends Validators {
  readonly url: string;
}

const entityTag = /^(?:W\/)?"[\x21\x23-\x7e]{0,1000}"$/;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** The validators of an answer; undefined where it has none that can be sent back as they are. */
export function validatorsOf(headers: IncomingHttpHeaders): Validators | undefined {
  const validators = { ...etagOf(single(headers, 'etag')), ...modifiedOf(single(headers, 'last-modified')) };
  return Object.keys(validators).length === 0 ? undefined : validators;
}

/** The headers that ask; whatever was stored, nothing but validators is sent. */
export function conditionsFor(url: URL, ifChanged: IfChanged | undefined): Record<string, string> {
  if (ifChanged?.url !== url.href) return {};
  const { etag } = etagOf(ifChanged.etag);
  const { lastModified } = modifiedOf(ifChanged.lastModified);
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

function etagOf(etag: string | undefined): { readonly etag?: string } {
  return etag !== undefined && entityTag.test(etag) ? { etag } : {};
}

function modifiedOf(lastModified: string | undefined): { readonly lastModified?: string } {
  return lastModified !== undefined && httpDate.test(lastModified) ? { lastModified } : {};
}
