import { dirname, join } from 'node:path/posix';
import { importedModule, syntaxRule } from './syntax.ts';

const packaged = /^((?:kit|apps|clients|(?:examples\/)?(?:contracts|services))\/[^/]+)\//;

export const importsStayInsideThePackage = syntaxRule({
  name: 'imports-stay-inside-the-package',
  because: 'A relative path into another package goes round its public surface and its declared dependency.',
  applies: (path) => packaged.test(path),
  judge(node, path) {
    const target = importedModule(node);
    if (!target?.startsWith('.')) return undefined;
    const own = packaged.exec(path)?.[1];
    const reached = join(dirname(path), target);
    return own !== undefined && !reached.startsWith(`${own}/`) ? `reaches outside its package: ${target}` : undefined;
  },
});
