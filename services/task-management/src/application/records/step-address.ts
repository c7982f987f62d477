/** Says what a task's row does for its step: the step's own work, or its part. */
export type StepPart = 'own' | 'prepare' | 'compensation' | 'item';

/**
 * Names a row of a workflow: `key`, `key/prepare`, `key/compensation`, or `key/<n>` for an item. A step's key has no
 * slash, so an address says which row it is.
 */
export interface StepAddress {
  readonly key: string;
  readonly part: StepPart;
  /** Number of the item, from 0. */
  readonly item?: number;
}

/** The address of a row, from the step's key and what the row does for it; without a role it is the step's own. */
export function stepAddress({ step, role, item }: AddressedRow): string {
  if (role === undefined) return step;
  return role === 'item' ? `${step}/${item}` : `${step}/${role}`;
}

interface AddressedRow {
  readonly step: string;
  readonly role?: Exclude<StepPart, 'own'> | undefined;
  readonly item?: number | undefined;
}

export function parseStepAddress(text: string): StepAddress {
  const slash = text.indexOf('/');
  if (slash < 0) return { key: text, part: 'own' };
  const key = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  if (rest === 'prepare' || rest === 'compensation') return { key, part: rest };
  return { key, part: 'item', item: Number(rest) };
}
