import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { StoredGraph } from '../records/workflow-record.ts';

/** A registered version that can be started. */
export interface KnownDefinition {
  readonly name: string;
  readonly version: number;
  readonly stored: StoredGraph;
}

/** Versions that were read before: they do not change, but by a replacement, which makes this one forget. */
export interface KnownDefinitions {
  get(tenantId: string, name: string, version: number): KnownDefinition | undefined;
  add(tenantId: string, definition: KnownDefinition): void;
  forget(tenantId: string, name: string, version: number): void;
  clear(): void;
}

/** Bounded by dropping all of it. */
export function createKnownDefinitions({
  knownVersions,
  knownBytes,
}: Pick<ManagementBounds, 'knownVersions' | 'knownBytes'> = managementBounds): KnownDefinitions {
  const known = new Map<string, KnownDefinition>();
  /** Of the texts. Those of forgotten versions count until all are dropped. */
  let bytes = 0;
  const keyOf = (tenantId: string, name: string, version: number) => `${tenantId}/${name}@${version}`;
  return {
    get: (tenantId, name, version) => known.get(keyOf(tenantId, name, version)),
    add: (tenantId, definition) => {
      bytes += definition.stored.text.length;
      if (known.size >= knownVersions || bytes > knownBytes) {
        known.clear();
        bytes = definition.stored.text.length;
      }
      known.set(keyOf(tenantId, definition.name, definition.version), definition);
    },
    forget: (tenantId, name, version) => void known.delete(keyOf(tenantId, name, version)),
    clear: () => known.clear(),
  };
}
