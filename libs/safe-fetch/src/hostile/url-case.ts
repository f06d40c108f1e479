/** URLs that are refused for one reason, and the layers of which each alone refuses them. */
export interface UrlForms {
  readonly what: string;
  readonly reason: string;
  /** `every`: it leads inside, so the checks of address and socket refuse it, too; `url`: only its text is wrong. */
  readonly layers: 'url' | 'every';
  readonly urls: readonly string[];
}
