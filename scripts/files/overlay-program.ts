import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from './list-files.ts';

const sources = new Map<string, ts.SourceFile | undefined>();

/**
 * The compiler's view of the repository as tsconfig.json has it, with `texts` in the place of files or beside them, by
 * path from the repository root. They are what is compiled, with everything that they import.
 */
export function overlayProgram(texts: ReadonlyMap<string, string>, entries = [...texts.keys()]): ts.Program {
  const overlay = new Map([...texts].map(([path, text]) => [join(repositoryRoot, path), text]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => overlay.has(path) || fileExists(path);
  host.readFile = (path) => overlay.get(path) ?? readFile(path);
  host.getSourceFile = (path, language) => {
    const text = overlay.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, language);
    if (!sources.has(path)) sources.set(path, getSourceFile(path, language));
    return sources.get(path);
  };
  return ts.createProgram(
    entries.map((path) => join(repositoryRoot, path)),
    options,
    host,
  );
}

/** What the compiler has to say against one of the files, each message in full. */
export function complaintsAbout(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(join(repositoryRoot, path));
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(repositoryRoot, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, repositoryRoot);
  return { ...parsed.options, incremental: false, tsBuildInfoFile: undefined, noUnusedLocals: false };
}
