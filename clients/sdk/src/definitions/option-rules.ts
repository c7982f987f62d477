import { InvalidInputError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import { isMarked } from './definition-mark.ts';
import { type Duration, durationMs } from './duration.ts';

/** Says what a value must be that is not so. */
type Rule = (value: unknown) => string | undefined;

/**
 * Checks each option that is given by its rule, where it is given: an option that is read later would fail then, at a
 * SIGTERM perhaps. Throws `InvalidInputError` with the code given and the option's name.
 */
export function checkOptions(
  owner: string,
  options: object,
  rules: Readonly<Record<string, Rule>>,
  code = 'invalid_options',
): void {
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, name);
    const must = value === undefined ? undefined : rule(value);
    if (must === undefined) continue;
    const message = `${owner}: ${name} must be ${must}`;
    throw new InvalidInputError(code, message, [{ pointer: `/${name}`, message: `must be ${must}` }]);
  }
}

const when =
  (holds: (value: never) => boolean, must: string): Rule =>
  (value) =>
    holds(value as never) ? undefined : must;

export const isText = (max: number, min = 1): Rule =>
  when(
    (value: { readonly length: number }) => typeof value === 'string' && value.length >= min && value.length <= max,
    `a text of ${min} to ${max} characters`,
  );

export const isWhole = (min: number, max: number): Rule =>
  when((value) => Number.isInteger(value) && value >= min && value <= max, `a whole number of ${min}..${max}`);

export const isFlag: Rule = when((value) => typeof value === 'boolean', 'true or false');
export const isFunction: Rule = when((value) => typeof value === 'function', 'a function');
export const isAbortSignal: Rule = when((value) => (value as unknown) instanceof AbortSignal, 'an AbortSignal');

export const isDuration: Rule = (value) => {
  try {
    durationMs(value as Duration);
    return undefined;
  } catch (error) {
    return `a duration: ${reasonOf(error)}`;
  }
};

export const isSchema: Rule = when(
  (value: { readonly '~standard'?: { readonly validate?: unknown } } | null) =>
    typeof value?.['~standard']?.validate === 'function',
  'a schema that follows Standard Schema',
);

export const isDefinition = (...kinds: readonly string[]): Rule =>
  when(
    (value) => isMarked(value) && kinds.includes((value as { kind: string }).kind),
    `what ${kinds.join('() or ')}() gave`,
  );

export const isListOf =
  (rule: Rule): Rule =>
  (values) => {
    if (!Array.isArray(values)) return 'a list';
    const odd = values.findIndex((value) => rule(value) !== undefined);
    return odd === -1 ? undefined : `a list in which each is ${rule(values[odd])}, and item ${odd} is not`;
  };

export const isObject: Rule = when((value) => typeof value === 'object' && value !== null, 'an object');

export const isLog: Rule = when(
  (value) =>
    isObject(value) === undefined &&
    ['debug', 'info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function'),
  'an object with the functions debug, info, warn and error',
);
