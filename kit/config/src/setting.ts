import type { ZodType, z } from 'zod';

/** Describes one setting: how it is named, what it may be, and what a reader of the reference learns of it. */
export interface Setting<S extends ZodType = ZodType> {
  /** Name in the environment; `<name>_FILE` names a file with the value. */
  name: string;
  /** Takes the text of the value, or `undefined` when the setting is absent. */
  value: S;
  /** The default as a person would write it; absent when there is none. */
  default?: string;
  /** One or two sentences for the reference. */
  about: string;
  /** Never printed, not even in an error. */
  secret?: boolean;
  /** A well-formed value that cannot be served: why not, and what to do instead. */
  refuse?(value: z.output<S>): Refusal | undefined;
}

export interface Refusal {
  why: string;
  fix: string;
}

export type SettingsSchema = Record<string, Setting>;
export type Settings<S extends SettingsSchema> = { readonly [K in keyof S]: z.output<S[K]['value']> };

/** Keeps the exact types of the settings. */
export function defineSettings<S extends SettingsSchema>(schema: S): S {
  return schema;
}

/** Keeps the types of one setting's value and of its refusal together. */
export function setting<S extends ZodType>(definition: Setting<S>): Setting<S> {
  return definition;
}
