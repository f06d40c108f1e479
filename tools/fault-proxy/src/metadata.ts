/** Bodies beyond this are searched at their ends only: a list of a thousand objects is not parsed for its version. */
const parsedWhole = 256 * 1024;
const searched = 4096;

/** What the metadata of an answer says. */
export type AnswerMetadata = { readonly version?: string; readonly name?: string };

/** `metadata.resourceVersion` and `metadata.name` of an object or list in JSON. */
export function metadataIn(text: string): AnswerMetadata {
  if (text.length > parsedWhole) return versionAtEnds(text);
  try {
    const parsed = JSON.parse(text) as { metadata?: { resourceVersion?: unknown; name?: unknown } } | null;
    const { resourceVersion: version, name } = parsed?.metadata ?? {};
    return { ...(isText(version) ? { version } : {}), ...(isText(name) ? { name } : {}) };
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Built-in lists begin with their metadata, lists of custom resources end with it. Other metadata has braces inside. */
function versionAtEnds(text: string): AnswerMetadata {
  const own = /^\{"kind":"\w+List","apiVersion":"[^"]+","metadata":\{[^{}]*"resourceVersion":"(\d+)"/.exec(
    text.slice(0, searched),
  );
  const last = /"metadata":\{[^{}]*"resourceVersion":"(\d+)"[^{}]*\}\}\s*$/.exec(text.slice(-searched));
  const version = own?.[1] ?? last?.[1];
  return version === undefined ? {} : { version };
}
