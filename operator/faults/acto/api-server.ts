import type { Applied } from '@tagservice/controller-runtime';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import type { World } from '../bed/world.ts';
import { withValue } from './spec-edit.ts';
import { valueText, type Value } from './values.ts';

/** What the API server says to a value; undefined: it takes it. Nothing is stored. */
export async function answerTo(world: World, spec: object): Promise<string | undefined> {
  const object = { metadata: { namespace: 'default', name: 'tried' }, spec };
  return world.client
    .create(TagServices, object as unknown as Applied<TagServiceObject>, { dryRun: true })
    .then(() => undefined)
    .catch((error: unknown) => String(error));
}

/** What is wrong with the answer to a value: a good one is refused, or a bad one is taken or refused without the name of the field. */
export async function checkAnswer(world: World, base: object, value: Value): Promise<string | undefined> {
  const answer = await answerTo(world, withValue(base, value));
  if (value.valid) return answer === undefined ? undefined : `${valueText(value)} is refused: ${answer.slice(0, 300)}`;
  if (answer === undefined) return `${valueText(value)} is taken although it is not valid`;
  return namesField(answer, value.field.text)
    ? undefined
    : `${valueText(value)} is refused without its name: ${answer.slice(0, 300)}`;
}

/** Whether a text names a field, with or without numbers and keys: `spec.freeze[3]`, `spec.api.pod.nodeSelector`. */
export function namesField(text: string, field: string): boolean {
  const plain = text.replaceAll(/\[\d+\]/g, '');
  const [list = ''] = field.split('[]');
  const entry = /^(.*\.(?:nodeSelector|annotations|requests|limits))\./.exec(field)?.[1];
  return [field.replaceAll('[]', ''), list, entry].some((one) => one !== undefined && plain.includes(one));
}
