/** What one robots.txt says to one crawler (RFC 9309). */
export interface RobotsRules {
  /** Whether a path with its query may be asked for. */
  allows(pathAndQuery: string): boolean;
  /** Roughly what the rules take in memory. */
  readonly bytes: number;
}

interface Rule {
  readonly allow: boolean;
  /** Octets of the pattern: the longest match wins. */
  readonly length: number;
  /** Texts between the asterisks. */
  readonly parts: readonly string[];
  /** The pattern ends with `$`. */
  readonly anchored: boolean;
}

/** More of a file is not read: the least that the standard wants (500 KiB). */
export const ROBOTS_MAX_BYTES = 512_000;

const everything: RobotsRules = { allows: () => true, bytes: 0 };

/**
 * Reads a file for the crawler of this product token. Groups that name it are merged; without one, those for `*` count; without these,
 * everything is allowed. What cannot be understood is passed over, as the standard wants.
 */
export function parseRobots(text: string, productToken: string): RobotsRules {
  const own = productToken === '' ? '*' : productToken.toLowerCase();
  const groups = new Groups(own);
  for (const { key, value } of linesOf(text)) {
    if (key === 'user-agent') groups.name(value === '*' ? '*' : tokenOf(value));
    else if (key === 'allow' || key === 'disallow') groups.add(ruleOf(value, key === 'allow'));
  }
  const rules = groups.rulesOf(own) ?? groups.rulesOf('*') ?? [];
  return rules.length === 0 ? everything : rulesFrom(rules);
}

/** The groups that may concern us; those of others are read over. */
class Groups {
  private readonly rules = new Map<string, Rule[]>();
  private readonly concerning: ReadonlySet<string>;
  private named = new Set<string>();
  private inRules = false;

  constructor(own: string) {
    this.concerning = new Set([own, '*']);
  }

  /** Names that follow each other begin one group; a name after rules begins another. */
  name(token: string): void {
    if (this.inRules) this.named = new Set();
    this.inRules = false;
    if (!this.concerning.has(token)) return;
    this.named.add(token);
    if (!this.rules.has(token)) this.rules.set(token, []);
  }

  add(rule: Rule | undefined): void {
    this.inRules = true;
    if (rule === undefined) return;
    for (const token of this.named) this.rules.get(token)?.push(rule);
  }

  /** All rules of the groups of this name; undefined where none has it. */
  rulesOf(token: string): readonly Rule[] | undefined {
    return this.rules.get(token);
  }
}

function rulesFrom(rules: readonly Rule[]): RobotsRules {
  // The first that matches decides: longest first, and among equals the one that allows.
  const ordered = rules.toSorted((a, b) => b.length - a.length || Number(b.allow) - Number(a.allow));
  return {
    bytes: rules.reduce((sum, rule) => sum + 100 + rule.length, 0),
    allows(pathAndQuery) {
      if (pathAndQuery === '/robots.txt') return true;
      const path = normalised(pathAndQuery).replaceAll('*', '%2A').replaceAll('$', '%24');
      return ordered.find((rule) => matches(rule, path))?.allow ?? true;
    },
  };
}

function* linesOf(text: string): Generator<{ readonly key: string; readonly value: string }> {
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const [content = ''] = line.split('#', 1);
    const colon = content.indexOf(':');
    if (colon > 0) yield { key: content.slice(0, colon).trim().toLowerCase(), value: content.slice(colon + 1).trim() };
  }
}

/** `ExampleBot/1.0` -> `examplebot`: a version is no part of the name. */
function tokenOf(name: string): string {
  return /^[a-z_-]+/i.exec(name)?.[0].toLowerCase() ?? '';
}

/** Without a pattern there is no rule: `Disallow:` disallows nothing. */
function ruleOf(value: string, allow: boolean): Rule | undefined {
  if (value === '') return undefined;
  const anchored = value.endsWith('$');
  const pattern = normalised(anchored ? value.slice(0, -1) : value).replaceAll('$', '%24');
  return { allow, anchored, length: pattern.length + Number(anchored), parts: pattern.split('*') };
}

/** Goes through the parts from left to right, each at its first place: linear, whatever the pattern. */
function matches({ parts, anchored }: Rule, path: string): boolean {
  const [first = '', ...rest] = parts;
  if (!path.startsWith(first)) return false;
  const last = rest.at(-1);
  if (last === undefined) return !anchored || path.length === first.length;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return anchored ? path.length - last.length >= at && path.endsWith(last) : path.includes(last, at);
}

/** One spelling for each path: what is no ASCII is percent-encoded, what needs no encoding has none, digits are capitals. */
function normalised(path: string): string {
  return path
    .toWellFormed()
    .replace(/[^\x21-\x7e]+/g, encodeURIComponent)
    .replace(/%[0-9a-f]{2}/gi, (encoded) => {
      const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
      return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
    });
}

/** The name by which sites address a crawler of this User-Agent: its first product, or the one after `compatible;`. Empty without one. */
export function productTokenOf(userAgent: string): string {
  const named = /compatible;\s*([a-z_-]+)/i.exec(userAgent)?.[1];
  const first = /^[a-z_-]+/i.exec(userAgent)?.[0] ?? '';
  return first.toLowerCase() === 'mozilla' ? (named ?? first) : first;
}
