import type { AnyWorkflow } from '../definitions/workflow.ts';
import { ConflictError } from '../errors.ts';
import type { HttpApi } from './http-api.ts';

/**
 * Registers a definition so that workflows of it can be started. The same graph again changes nothing; another graph
 * under the same version is a `ConflictError` with code `definition_changed`.
 */
export async function registerDefinition(api: HttpApi, definition: AnyWorkflow, signal?: AbortSignal): Promise<void> {
  const body = definition.toJSON();
  try {
    await api.request({ method: 'POST', path: '/api/v1/workflow-definitions', body, repeatable: true, signal });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new ConflictError(
      'definition_changed',
      `workflow "${body.name}" version ${body.version} is registered with another graph: give the changed one a new version`,
      { cause: error },
    );
  }
}

/** Registers each definition once per client, at the latest when a workflow of it is started. */
export function createDefinitionsRegistry(api: HttpApi): { registered(definition: AnyWorkflow): Promise<void> } {
  const done = new Map<AnyWorkflow, Promise<void>>();
  return {
    registered(definition) {
      const known = done.get(definition);
      if (known !== undefined) return known;
      const registration = registerDefinition(api, definition).catch((error: unknown) => {
        done.delete(definition);
        throw error;
      });
      done.set(definition, registration);
      return registration;
    },
  };
}
