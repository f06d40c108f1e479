import { insideAddresses } from './url-addresses.ts';
import type { UrlForms } from './url-case.ts';
import { insideNames, wrongTexts } from './url-texts.ts';

/** URL forms of server-side request forgery. */
export const urlForms: readonly UrlForms[] = [...insideAddresses, ...insideNames, ...wrongTexts];
