import { readFileSync } from 'node:fs';
import { closestName } from './closest-name.ts';
import type { Setting, Settings, SettingsSchema } from './setting.ts';
import { type SettingProblem, SettingsError } from './settings-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadOptions<S extends SettingsSchema> {
  schema: S;
  env: Environment;
  /** Values of command-line flags by the setting's name; they win over the environment. */
  flags?: Environment;
  /** Names with this prefix that no setting has are warned about. */
  prefix?: string;
  /** Names that other programs of the same family read. */
  alsoKnown?: readonly string[];
}

export interface ReadSettings<S extends SettingsSchema> {
  settings: Settings<S>;
  /** One line each, for a log. */
  warnings: readonly string[];
}

/**
 * Reads every setting: flags win over the environment, the environment over the file that `<name>_FILE` names,
 * that over the default. Throws a `SettingsError` that lists all wrong ones. An empty text counts as absent, as
 * container files write it.
 */
export function readSettings<S extends SettingsSchema>(options: ReadOptions<S>): ReadSettings<S> {
  const { schema, env, flags = {} } = options;
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(schema)) {
    const read = valueOf(setting, env, flags);
    if ('problem' in read) problems.push(read.problem);
    else values[key] = read.value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return { settings: values as Settings<S>, warnings: unknownNames(options) };
}

type Read = { value: unknown } | { problem: SettingProblem };

function valueOf(setting: Setting, env: Environment, flags: Environment): Read {
  const text = textOf(setting, env, flags);
  if (typeof text === 'object') return { problem: text };
  const result = setting.value.safeParse(text ?? setting.default);
  const shown = setting.secret ? 'the value given' : JSON.stringify(text ?? '');
  if (!result.success) {
    const why = result.error.issues.map((issue) => issue.message).join('; ');
    const fix =
      setting.default === undefined
        ? 'Give it a value of this form.'
        : `Leave it out for ${setting.default}, or give it a value of this form.`;
    const what = text === undefined ? 'is missing' : `${shown} cannot be used`;
    return { problem: { name: setting.name, what, why, fix } };
  }
  const refusal = setting.refuse?.(result.data);
  if (!refusal) return { value: result.data };
  return { problem: { name: setting.name, what: `${shown} cannot be served`, ...refusal } };
}

function textOf(setting: Setting, env: Environment, flags: Environment): string | undefined | SettingProblem {
  const direct = flags[setting.name] || env[setting.name];
  if (direct) return direct;
  const path = env[`${setting.name}_FILE`];
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch (error) {
    return {
      name: `${setting.name}_FILE`,
      what: `${path} cannot be read`,
      why: (error as Error).message,
      fix: 'Name a file that this process may read.',
    };
  }
}

function unknownNames({ schema, env, prefix, alsoKnown = [] }: ReadOptions<SettingsSchema>): string[] {
  if (prefix === undefined) return [];
  const names = Object.values(schema).flatMap(({ name }) => [name, `${name}_FILE`]);
  const known = new Set([...names, ...alsoKnown]);
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .sort()
    .map((name) => {
      const closest = closestName(name, [...known]);
      return `${name} is no setting and has no effect${closest ? `. Did you mean ${closest}?` : ''}`;
    });
}
