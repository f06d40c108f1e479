/** Elements that end a paragraph. Everything else that is no skipped element is inline and leaves the text flowing. */
const blockNames = new Set(
  (
    'address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);

/** Elements whose content is never text of the page. */
const skippedNames = new Set(
  'script style noscript template svg math iframe object select textarea canvas audio video map title noembed noframes xmp'.split(
    ' ',
  ),
);

/** Block elements without content. */
const emptyNames = new Set(['hr']);

/** Elements that hold one paragraph and are not themselves a container of paragraphs. */
const paragraphNames = new Set('p pre li td th dd dt blockquote figcaption h1 h2 h3 h4 h5 h6 summary'.split(' '));

/** An opening tag ends these open elements although their closing tag is missing, as HTML allows. */
const impliedEnds: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['li', new Set(['li'])],
  ['dt', new Set(['dt', 'dd'])],
  ['dd', new Set(['dt', 'dd'])],
  ['td', new Set(['td', 'th'])],
  ['th', new Set(['td', 'th'])],
  ['tr', new Set(['tr', 'td', 'th'])],
]);

const boilerplateNames = new Set(['nav', 'footer', 'aside', 'menu', 'dialog']);
const boilerplateRoles = new Set([
  'navigation',
  'banner',
  'contentinfo',
  'complementary',
  'search',
  'dialog',
  'alert',
  'menu',
  'menubar',
]);

/** Parts of class names and ids by which sites call what is not the subject of the page. */
const boilerplateWords =
  /(?:^|[^a-z])(?:ad|ads|advert\w*|author-?bio|banner|breadcrumbs?|byline|comments?|cookies?|consent|copyright|disqus|footer|masthead|menu|metadata|modal|nav|navbar|navigation|newsletter|outbrain|pagination|pager|popup|promo\w*|recommend\w*|related\w*|share|sharing|sidebar|signup|skip|social|sponsor\w*|subscri\w*|tags?|taglist|taboola|teaser|toolbar|widget)(?![a-z])/;
const contentWords = /(?:^|[^a-z])(?:article|body|content|entry|main|post|story|text)(?![a-z])/;

/** The names of classes repeat through a page and through a site: the verdict on each is kept. */
const verdicts = new Map<string, Verdict>();
const verdictsKept = 5_000;

export type Verdict = 'boilerplate' | 'content' | 'neutral';

export function isBlock(name: string): boolean {
  return blockNames.has(name);
}

export function isSkipped(name: string): boolean {
  return skippedNames.has(name);
}

export function isEmpty(name: string): boolean {
  return emptyNames.has(name);
}

export function isParagraph(name: string): boolean {
  return paragraphNames.has(name);
}

/** Whether the opening tag `name` ends an open element `open`. */
export function endsImplicitly(name: string, open: string): boolean {
  return open === 'p' ? isBlock(name) : (impliedEnds.get(name)?.has(open) ?? false);
}

/** Level 1 to 6 of a heading, 0 of any other element. */
export function headingLevel(name: string): number {
  return name.length === 2 && name.startsWith('h') && name !== 'hr' ? Number(name[1]) : 0;
}

/** What the names that a site gave to an element say about it. */
export function verdictOfNames(classAndId: string): Verdict {
  const known = verdicts.get(classAndId);
  if (known !== undefined) return known;
  const spaced = classAndId.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  const verdict = contentWords.test(spaced) ? 'content' : boilerplateWords.test(spaced) ? 'boilerplate' : 'neutral';
  if (verdicts.size >= verdictsKept) verdicts.clear();
  verdicts.set(classAndId, verdict);
  return verdict;
}

/** The attributes of an opening tag that bear on extraction. */
export type ElementAttributes = { names: string; role: string; hidden: boolean };

/** Whether an element says of itself that it is not the subject of the page. */
export function verdictOf(name: string, attributes: ElementAttributes): Verdict {
  if (attributes.hidden || boilerplateNames.has(name) || boilerplateRoles.has(attributes.role)) return 'boilerplate';
  if (name === 'article' || name === 'main' || attributes.role === 'main') return 'content';
  if (name === 'body' || name === 'html' || attributes.names === '') return 'neutral';
  return verdictOfNames(attributes.names);
}
