import { http } from '@taskflow/contracts-task-management';
import { Problem, type Route, route } from '@taskflow/kit-http';
import { instantText } from '@taskflow/kit-time';
import { z } from 'zod';
import type { RegisterRequest, RegisterResult } from '../application/commands/register-definition.ts';
import type { CannotApply } from '../application/commands/refuse-poison.ts';
import type { DefinitionRecord, WithGraph } from '../application/ports/reading-store.ts';
import { cannotCreate, invalidGraph, limits, notFound } from './refusals.ts';
import { defaultTenant } from './tenant.ts';
import { checkPayloads } from './workflow-routes.ts';

export interface DefinitionUseCases {
  registerDefinition(tenantId: string, request: RegisterRequest): Promise<RegisterResult | CannotApply>;
  listDefinitions(tenantId: string): Promise<readonly DefinitionRecord[]>;
  readVersions(tenantId: string, name: string): Promise<readonly WithGraph<DefinitionRecord>[]>;
}

const { workflows: bodies, scalars } = http;

export function definitionRoutes(useCases: DefinitionUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflow-definitions',
      summary: 'Register a version of a workflow definition; the same graph again changes nothing',
      tag: 'workflow-definitions',
      body: bodies.registerDefinition,
      answers: { 201: bodies.definition, 200: bodies.definition },
      bodyLimit: limits.workflowBodyBytes,
      handle: async ({ body: { name, version, graph, replace = false } }) => {
        checkPayloads(graph.steps, ['graph']);
        const result = await useCases.registerDefinition(defaultTenant, { name, version, graph, replace });
        if ('definition' in result) {
          const { definition, registered, replaced } = result;
          const body = { ...definitionBody(definition), ...(replaced && { replaced: true, difference: replaced }) };
          return { status: registered ? 201 : 200, body };
        }
        if (result.refusal === 'cannot-apply') throw cannotCreate(result.reason);
        throw result.refusal === 'invalid-graph'
          ? invalidGraph(result.problems, '/graph')
          : conflict(name, version, result);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflow-definitions',
      summary: 'The latest version of each definition',
      tag: 'workflow-definitions',
      answers: { 200: bodies.definitionList },
      handle: async () => {
        const definitions = await useCases.listDefinitions(defaultTenant);
        return { status: 200, body: { items: definitions.map(definitionBody) } };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflow-definitions/:name',
      summary: 'All versions of a definition with their graphs',
      tag: 'workflow-definitions',
      params: z.object({ name: scalars.name }),
      answers: { 200: bodies.definitionDetail },
      handle: async ({ params: { name } }) => {
        const versions = await useCases.readVersions(defaultTenant, name);
        if (versions.length === 0) throw notFound('definition', name);
        return { status: 200, body: { name, versions: versions.map(versionBody) } };
      },
    }),
  ];
}

function definitionBody({ name, version, hash, steps, createdAt }: DefinitionRecord) {
  return { name, version, hash, steps, createdAt: instantText(createdAt) };
}

/** A graph that cannot be read is left out by name: it hides neither its version nor the others. */
function versionBody(version: WithGraph<DefinitionRecord>) {
  const body = definitionBody(version);
  try {
    return { ...body, graph: JSON.parse(version.graph) as unknown };
  } catch {
    return { ...body, graph: null, unreadable: ['graph'] };
  }
}

function conflict(
  name: string,
  version: number,
  { registeredHash, offeredHash, difference }: Extract<RegisterResult, { refusal: 'conflict' }>,
): Problem {
  return new Problem(409, {
    code: 'definition_conflict',
    detail: `Version ${version} of "${name}" is registered with another graph, which workflows may be running. Register the new graph as version ${version + 1}.`,
    extensions: { registeredHash, offeredHash, difference },
  });
}
