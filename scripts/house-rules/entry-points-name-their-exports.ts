import ts from 'typescript';
import { syntaxRule } from './syntax.ts';

export const entryPointsNameTheirExports = syntaxRule({
  name: 'entry-points-name-their-exports',
  because: 'With `export *` a name becomes public by accident, and taking it back breaks somebody.',
  applies: (path) => /^(kit|(examples\/)?services|apps|clients)\/.*\/index\.ts$/.test(path),
  judge: (node) =>
    ts.isExportDeclaration(node) && node.exportClause === undefined ? 'export * in an entry point' : undefined,
});
