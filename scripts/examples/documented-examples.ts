import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../files/list-files.ts';
import { overlayProgram } from '../files/overlay-program.ts';

/** Part of the public API of the SDK, with the examples of its doc comment. */
export interface DocumentedPart {
  /** `task`, or `GraphBuilder.step` for a member. */
  readonly name: string;
  /** It is there to be called, so that an example is owed. */
  readonly isCallable: boolean;
  /** The code under each `@example`. */
  readonly examples: readonly string[];
}

/** What `@taskflow/sdk` and `@taskflow/sdk/testing` open. */
const entries = ['clients/sdk/src/index.ts', 'clients/sdk/src/testkit/index.ts'];
/** Interfaces whose methods are what users call most: each owes an example, as a function does. */
const interfaces = new Set(['GraphBuilder', 'WorkVerbs', 'WaitVerbs', 'TaskFlow', 'WorkflowHandle', 'TestKit']);

/** Everything that the SDK exports. `planted` takes the place of files, by path from the repository root. */
export function documentedParts(planted: ReadonlyMap<string, string> = new Map()): DocumentedPart[] {
  const program = overlayProgram(planted, entries);
  const checker = program.getTypeChecker();
  return entries.flatMap((entry) => {
    const source = program.getSourceFile(join(repositoryRoot, entry));
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is no module`);
    return checker.getExportsOfModule(module).flatMap((exported) => partsOf(checker, exported));
  });
}

function partsOf(checker: ts.TypeChecker, exported: ts.Symbol): DocumentedPart[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const isValue = (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable)) !== 0;
  const whole = {
    name: exported.name,
    isCallable: isValue && !isRefused(checker, symbol),
    examples: examplesOf(symbol),
  };
  const members = [...(symbol.members?.values() ?? [])];
  return [whole, ...members.map((member) => memberOf(checker, exported.name, member))];
}

function memberOf(checker: ts.TypeChecker, owner: string, member: ts.Symbol): DocumentedPart {
  const isMethod = interfaces.has(owner) && (member.flags & ts.SymbolFlags.Method) !== 0;
  const isCallable = isMethod && !isRefused(checker, member);
  return { name: `${owner}.${member.name}`, isCallable, examples: examplesOf(member) };
}

/** What is named in the API and does not exist yet never returns, and cannot be called by code that compiles. */
function isRefused(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures();
  return (
    signatures.length > 0 &&
    signatures.every((signature) => (signature.getReturnType().flags & ts.TypeFlags.Never) !== 0)
  );
}

function examplesOf(symbol: ts.Symbol): string[] {
  return (symbol.declarations ?? [])
    .flatMap((declaration) => ts.getJSDocCommentsAndTags(declaration))
    .filter((node) => ts.isJSDoc(node))
    .flatMap((comment) => examplesIn(comment.getText()));
}

function examplesIn(comment: string): string[] {
  const text = comment
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n');
  const [, ...blocks] = text.split(/^@example\n/m);
  return blocks.map((block) => `${block.split(/^@[a-z]/m)[0]?.trim()}\n`);
}
