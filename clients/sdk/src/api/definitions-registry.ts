import { type AnyWorkflow, childrenOf } from '../definitions/workflow-graph.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import type { HttpApi } from './http-api.ts';

export interface RegisterOptions {
  /** Another graph under the same version takes its place; workflows that run keep theirs. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Registers a definition so that workflows of it can be started. The same graph again changes nothing; another graph
 * under the same version is a `ConflictError` with code `definition_changed` that says what differs.
 */
export async function registerDefinition(
  api: HttpApi,
  definition: AnyWorkflow,
  { replace, signal }: RegisterOptions = {},
): Promise<void> {
  const body = { ...definition.toJSON(), ...(replace === true && { replace }) };
  try {
    await api.request({ method: 'POST', path: '/api/v1/workflow-definitions', body, repeatable: true, signal });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const { facts } = error;
    throw new ConflictError(
      'definition_changed',
      `workflow "${body.name}" version ${body.version} is registered with another graph${differing(facts.difference)}: give the changed one a new version`,
      { cause: error, facts },
    );
  }
}

/** Registers each definition once per client, at the latest when a workflow of it is started, and its children before. */
export interface DefinitionsRegistry {
  registered(definition: AnyWorkflow): Promise<void>;
  /**
   * Runs `start` once the definition is registered. Where the server does not know it although it was registered, the
   * server's data is new: everything is registered again, and the start tried once more.
   */
  whenRegistered<Started>(definition: AnyWorkflow, start: () => Promise<Started>): Promise<Started>;
}

export function createDefinitionsRegistry(api: HttpApi): DefinitionsRegistry {
  const done = new Map<AnyWorkflow, Promise<void>>();
  const register = async (definition: AnyWorkflow): Promise<void> => {
    for (const child of childrenOf(definition)) await registered(child);
    await registerDefinition(api, definition);
  };
  const registered = (definition: AnyWorkflow): Promise<void> => {
    const known = done.get(definition);
    if (known !== undefined) return known;
    const registration = register(definition).catch((error: unknown) => {
      done.delete(definition);
      throw error;
    });
    done.set(definition, registration);
    return registration;
  };
  const whenRegistered = async <Started>(definition: AnyWorkflow, start: () => Promise<Started>): Promise<Started> => {
    const registration = registered(definition);
    await registration;
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      // Of many starts at once the first one to hear of it forgets, for all of them.
      if (done.get(definition) === registration) done.clear();
      await registered(definition);
      return start();
    }
  };
  return { registered, whenRegistered };
}

/** The server's comparison of the two graphs, as a person reads it. */
function differing(difference: unknown): string {
  if (typeof difference !== 'object' || difference === null) return '';
  const { added, removed, changed, graph } = difference as Readonly<Record<string, unknown>>;
  const parts = [
    ...names('added', added),
    ...names('removed', removed),
    ...(Array.isArray(changed) ? changed : []).map(changedStep),
    ...names('beside the steps', graph),
  ];
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}

function names(what: string, list: unknown): string[] {
  return Array.isArray(list) && list.length > 0 ? [`${what}: ${list.join(', ')}`] : [];
}

function changedStep({ step, members }: { readonly step?: unknown; readonly members?: unknown }): string {
  return `changed: ${String(step)}${Array.isArray(members) ? ` (${members.join(', ')})` : ''}`;
}
