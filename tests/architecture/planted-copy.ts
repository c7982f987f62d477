import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listFiles, repositoryRoot } from '../../scripts/files/list-files.ts';

export interface PlantedCopy {
  readonly directory: string;
  remove(): void;
}

/**
 * A copy of the repository's code with files added to it, so that a check can be seen failing without a change
 * to the tree. Packages of the workspace resolve inside the copy, all others to the repository's node_modules.
 */
export function plantedCopy(planted: Readonly<Record<string, string>>): PlantedCopy {
  const directory = mkdtempSync(join(tmpdir(), 'taskflow-planted-'));
  for (const path of listFiles().filter((candidate) => /\.([cm]?[jt]s|json)$/.test(candidate))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    copyFileSync(join(repositoryRoot, path), join(directory, path));
  }
  linkPackages(directory);
  for (const [path, text] of Object.entries(planted)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

function linkPackages(directory: string): void {
  const packages = join(repositoryRoot, 'node_modules');
  const copied = join(directory, 'node_modules');
  mkdirSync(join(copied, '@taskflow'), { recursive: true });
  for (const name of readdirSync(packages)) {
    if (name !== '@taskflow' && name !== '.cache') symlinkSync(join(packages, name), join(copied, name));
  }
  for (const path of listFiles(directory).filter((candidate) => candidate.endsWith('package.json'))) {
    const { name } = JSON.parse(readFileSync(join(directory, path), 'utf8')) as { name?: string };
    if (name?.startsWith('@taskflow/')) symlinkSync(join(directory, dirname(path)), join(copied, name));
  }
}
