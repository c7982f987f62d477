import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PublishedContract } from './published-contracts.ts';

const contracts = new URL('../../contracts/', import.meta.url);

export interface GoldenMessage {
  readonly file: string;
  readonly message: unknown;
}

/** The messages that stand for a contract: `<name>.json`, and variants of it such as `<name>.minimal.json`. */
export function goldenMessages({ owner, name }: PublishedContract): GoldenMessage[] {
  return goldenFiles(owner)
    .filter((file) => file === `${name}.json` || isVariant(file, name))
    .map((file) => {
      const text = readFileSync(new URL(`${owner}/golden/${file}`, contracts), 'utf8');
      return { file, message: JSON.parse(text) as unknown };
    });
}

function isVariant(file: string, name: string): boolean {
  return file.startsWith(`${name}.`) && /^[a-z-]+\.json$/.test(file.slice(name.length + 1));
}

/** Every golden file of an owner, as `goldenMessages` names it. */
export function goldenFiles(owner: string): string[] {
  const folder = fileURLToPath(new URL(`${owner}/golden/`, contracts));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.json') && path !== 'schemas.json')
    .sort();
}
