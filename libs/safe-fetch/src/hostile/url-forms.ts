import { insideAddresses } from './url-addresses.ts';
import { insideNames, wrongTexts } from './url-texts.ts';

/** URLs that are refused for one reason, and the layers of which each alone refuses them. */
export interface UrlForms {
  readonly what: string;
  readonly reason: string;
  /** `every`: it leads inside, so the checks of address and socket refuse it, too; `url`: only its text is wrong. */
  readonly layers: 'url' | 'every';
  readonly urls: readonly string[];
}

/** URL forms of server-side request forgery. */
export const urlForms: readonly UrlForms[] = [...insideAddresses, ...insideNames, ...wrongTexts];
