import { TAG_MAX_LENGTH } from '@tagservice/contracts';
import { Problem } from '../http/problem.error.ts';

/** The tag as an answer about a URL named it; how tags compare is the index's business. @throws Problem TAG_INVALID */
export function tagName(tag: string): string {
  const name = tag.normalize('NFC').trim();
  if (name.length < 1 || name.length > TAG_MAX_LENGTH || /\p{Cc}/u.test(name)) throw new Problem('TAG_INVALID');
  return name;
}
