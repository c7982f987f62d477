import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { breakingChanges } from './breaking-changes.ts';
import { contractSchema, type JsonSchema } from './contract-schema.ts';
import { publishedContracts } from './published-contracts.ts';

/** Schemas of an owner's contracts by name, as they were when last accepted. */
export type Snapshot = Readonly<Record<string, JsonSchema>>;

const snapshotFile = (owner: string): URL => new URL(`../../contracts/${owner}/golden/schemas.json`, import.meta.url);

export const owners: readonly string[] = [...new Set(publishedContracts.map(({ owner }) => owner))];

export function acceptedSchemas(owner: string): Snapshot {
  const file = snapshotFile(owner);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Snapshot) : {};
}

export function currentSchemas(owner: string): Snapshot {
  const own = publishedContracts.filter((contract) => contract.owner === owner);
  return Object.fromEntries(own.map((contract) => [contract.name, contractSchema(contract)]));
}

/** What of an owner's contracts would hurt programs that were written for the accepted ones. */
export function contractBreaks(owner: string, accepted: Snapshot = acceptedSchemas(owner)): string[] {
  const current = currentSchemas(owner);
  return Object.entries(accepted).flatMap(([name, before]) => {
    const after = current[name];
    const contract = publishedContracts.find((candidate) => candidate.owner === owner && candidate.name === name);
    if (after === undefined || contract === undefined) return [`${owner} ${name}: the contract is gone`];
    return breakingChanges(before, after, contract.direction).map((change) => `${owner} ${name}: ${change}`);
  });
}

/** Records the contracts as they are now; refuses what is not additive. */
export function acceptSchemas(owner: string): void {
  const breaks = contractBreaks(owner);
  if (breaks.length > 0) throw new Error(`Publish version 2 beside version 1 instead:\n${breaks.join('\n')}`);
  writeFileSync(snapshotFile(owner), `${JSON.stringify(currentSchemas(owner), null, 1)}\n`);
}
