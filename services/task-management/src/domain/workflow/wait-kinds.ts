import { readEventKey, readInstant } from './instants-and-keys.ts';
import type { PayloadTemplate } from './payload-template.ts';

/** The definitions of waits, which a step has in place of a task, as its author wrote them; spans are milliseconds. */
export interface WaitDefinitions {
  readonly sleep?: { readonly for?: number; readonly until?: unknown };
  readonly waitForSignal?: { readonly signal: string; readonly timeout: number };
  readonly waitForEvent?: { readonly event: string; readonly key?: unknown; readonly timeout: number };
}

/** Names for each kind of wait the member of a step that asks for it. */
export const waitMembers = {
  sleep: 'sleep',
  signal: 'waitForSignal',
  event: 'waitForEvent',
} as const satisfies Readonly<Record<string, keyof WaitDefinitions>>;
export type WaitKind = keyof typeof waitMembers;
export const waitKinds = Object.keys(waitMembers) as readonly WaitKind[];

/** A wait that was checked. */
export interface CompiledWait {
  readonly kind: WaitKind;
  /** Name of the signal that ends it. */
  readonly signal?: string;
  /** Name of the event that ends it. */
  readonly event?: string;
  /** Milliseconds after which it is over, or given up; absent where `value` says when. */
  readonly forMs?: number | undefined;
  /** What has to be known before it begins; absent where that is nothing, or is prepared by a worker. */
  readonly value?: PayloadTemplate | undefined;
}

/** A timer ends a wait by time. Spans are milliseconds from now, instants epoch milliseconds. */
export type Timer = Readonly<{ kind: WaitKind; name?: string; key?: string } & ({ forMs: number } | { until: number })>;

/** Says why a wait cannot begin. */
export interface WaitProblem {
  readonly code: 'invalid_instant' | 'invalid_event_key';
  readonly message: string;
}

/** The step that a wait is checked in. */
export interface WaitingStep {
  readonly key: string;
  /** A worker gives the value. */
  readonly mapped: boolean;
  template(value: unknown, at: string): PayloadTemplate;
  refuse(at: string, detail: string): void;
}

interface WaitRules<Definition> {
  compile(definition: Definition, step: WaitingStep): Omit<CompiledWait, 'kind'>;
  /** The name of the value in what a preparation gives. */
  readonly preparedAs?: string;
  /** Gives the timer. `json` is the value, `step` a key. */
  begin(wait: CompiledWait, json: string, step: string): Timer | WaitProblem;
}

type DefinitionOf<Kind extends WaitKind> = NonNullable<WaitDefinitions[(typeof waitMembers)[Kind]]>;

const rules: { readonly [Kind in WaitKind]: WaitRules<DefinitionOf<Kind>> } = {
  sleep: {
    compile({ for: forMs, until }, { key, mapped, template, refuse }) {
      const value = until === undefined ? undefined : template(until, '/sleep/until');
      const given = (forMs === undefined ? 0 : 1) + (until === undefined ? 0 : 1);
      if (given === 2 || (given === 0 && !mapped)) {
        refuse('/sleep', `The step "${key}" sleeps either "for" a span or "until" an instant: give one of the two.`);
      } else if (value?.references.length === 0 && readInstant(value.texts[0] ?? '') === undefined) {
        const detail = `The step "${key}" sleeps until ${JSON.stringify(until)}, which is no instant such as "2030-01-31T08:00:00Z".`;
        refuse('/sleep/until', detail);
      }
      return { forMs, value };
    },
    preparedAs: 'until',
    begin({ forMs }, json, step) {
      if (forMs !== undefined) return { kind: 'sleep', forMs };
      const until = readInstant(json);
      if (until !== undefined) return { kind: 'sleep', until };
      const message = `The step "${step}" sleeps until ${json.slice(0, 100)}, which is no instant such as "2030-01-31T08:00:00Z".`;
      return { code: 'invalid_instant', message };
    },
  },

  signal: {
    compile: ({ signal, timeout }) => ({ signal, forMs: timeout }),
    begin: ({ signal = '', forMs = 0 }) => ({ kind: 'signal', forMs, name: signal }),
  },

  event: {
    compile({ event, key, timeout }, { key: step, mapped, template, refuse }) {
      const value = key === undefined ? undefined : template(key, '/waitForEvent/key');
      const isWrong = value?.references.length === 0 && readEventKey(value.texts[0] ?? '') === undefined;
      if ((value === undefined && !mapped) || isWrong) {
        const detail = `The step "${step}" waits for "${event}" without a key: a text of 1 to 500 characters or a number, or a reference to one.`;
        refuse('/waitForEvent/key', detail);
      }
      return { event, forMs: timeout, value };
    },
    preparedAs: 'key',
    begin({ event = '', forMs = 0 }, json, step) {
      const key = readEventKey(json);
      if (key !== undefined) return { kind: 'event', forMs, name: event, key };
      const message = `The step "${step}" waits for an event with the key ${json.slice(0, 100)}, and a key is a text of 1 to 500 characters or a number.`;
      return { code: 'invalid_event_key', message };
    },
  },
};

/** Says whether a step of this kind waits. */
export function isWait(kind: string): kind is WaitKind {
  return Object.hasOwn(waitMembers, kind);
}

/** Lists the kinds of wait that a step asks for. */
export function waitKindsOf(definitions: WaitDefinitions): WaitKind[] {
  return waitKinds.filter((kind) => definitions[waitMembers[kind]] !== undefined);
}

/** Checks the wait of a step that asks for one of this kind. */
export function compileWait(kind: WaitKind, definitions: WaitDefinitions, step: WaitingStep): CompiledWait {
  return { kind, ...rules[kind].compile(definitions[waitMembers[kind]] as never, step) };
}

/** Gives a wait its timer. `json` is the wait's value, `step` a key. */
export function beginWait(wait: CompiledWait, json: string, step: string): Timer | WaitProblem {
  return rules[wait.kind].begin(wait, json, step);
}

/** Names a wait's value in what a preparation gives; `undefined` where none is needed. */
export function preparedAs({ kind }: CompiledWait): string | undefined {
  return rules[kind].preparedAs;
}
