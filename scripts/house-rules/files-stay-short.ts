import type { HouseRule } from './house-rule.ts';

const maxLines = 500;

export const filesStayShort: HouseRule = {
  name: 'files-stay-short',
  because: 'Past 500 lines a file has two duties and nobody reads either whole: split it by duty.',
  check: (tree) =>
    tree.paths
      .filter((path) => /\.([cm]?[jt]sx?|sql)$/.test(path) && !/\.generated\./.test(path))
      .flatMap((path) => {
        const lines = tree.text(path).split('\n').length - 1;
        return lines > maxLines ? [{ path, message: `${lines} lines, more than ${maxLines}` }] : [];
      }),
};
