import type { HouseRule } from './house-rule.ts';

const forbidden = /^((.*[-.])?(util|utils|helper|helpers|common|misc|manager)|lib|types|constants|base)\.[cm]?tsx?$/;
const kebab = /^[a-z0-9]+([-.][a-z0-9]+)*$/;
const forbiddenFolders = new Set(['utils', 'helpers', 'common', 'misc', 'lib', 'types', 'components']);

export const fileNamesSayResponsibility: HouseRule = {
  name: 'file-names-say-responsibility',
  because: 'A file named after nothing in particular grows into everything.',
  check: (tree) =>
    tree.paths
      .filter((path) => /\.([cm]?tsx?|sql)$/.test(path))
      .flatMap((path) => {
        const parts = path.split('/');
        const file = parts.at(-1) ?? '';
        const folder = parts.slice(0, -1).find((part) => forbiddenFolders.has(part));
        if (forbidden.test(file)) return [{ path, message: `${file} names no responsibility` }];
        if (folder !== undefined) return [{ path, message: `the folder ${folder}/ names no responsibility` }];
        if (!kebab.test(file.replaceAll('_', '-'))) return [{ path, message: 'file names are kebab-case' }];
        return [];
      }),
};
