import { registerHooks } from 'node:module';
import { productionServices, type Services } from '../engine/services.ts';

/** A part of a source file of production, and what stands there instead. */
export interface Edit {
  /** End of the file's path. */
  readonly file: string;
  readonly part: string;
  readonly changed: string;
}

const edits = new Map<string, readonly Edit[]>();
/** Called for each edit that has been carried out. */
const applied = new Map<string, (edit: Edit) => void>();
const mark = 'planted';
/** What a service consists of; what it shares with the other one, and with the judges, stays one module for all. */
const ofServices = /\/(services|contracts)\/[^/]+\//;

/**
 * The services of production with parts of their source changed: a second copy of their modules, loaded under other
 * addresses. A part that is not there any more, or a file that is not asked for, would plant nothing.
 */
export async function alteredServices(name: string, changes: readonly Edit[]): Promise<Services> {
  if (edits.size === 0) registerHooks({ resolve: resolveMarked, load: loadMarked });
  const key = encodeURIComponent(name);
  if (edits.has(key)) return productionServices(`?${mark}=${key}`);
  edits.set(key, changes);
  const left = new Set(changes);
  applied.set(key, (edit) => left.delete(edit));
  const altered = await productionServices(`?${mark}=${key}`);
  for (const { file } of left) throw new Error(`${file} is not part of a service: plant the bug anew`);
  return altered;
}

const resolveMarked: Parameters<typeof registerHooks>[0]['resolve'] = (specifier, context, next) => {
  const [plain = '', own] = specifier.split(`?${mark}=`);
  const key = own ?? markOf(context.parentURL);
  const resolved = next(plain, context);
  return key === undefined || !ofServices.test(resolved.url)
    ? resolved
    : { ...resolved, url: `${resolved.url}?${mark}=${key}` };
};

const loadMarked: Parameters<typeof registerHooks>[0]['load'] = (url, context, next) => {
  const key = markOf(url);
  const loaded = next(url, context);
  if (key === undefined) return loaded;
  const { pathname } = new URL(url);
  const own = (edits.get(key) ?? []).filter(({ file }) => pathname.endsWith(file));
  if (own.length === 0) return loaded;
  let source = String(loaded.source);
  for (const edit of own) {
    if (!source.includes(edit.part)) throw new Error(`${edit.file} does not hold ${edit.part}: plant the bug anew`);
    source = source.replaceAll(edit.part, edit.changed);
    applied.get(key)?.(edit);
  }
  return { ...loaded, source };
};

function markOf(url: string | undefined): string | undefined {
  return url?.split(`?${mark}=`)[1];
}
