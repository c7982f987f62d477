import { readFileSync, statSync } from 'node:fs';

/** The user that the server runs as, by number. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const root = 0;

/**
 * PostgreSQL refuses to run as root. `undefined` means that our own user will do. Root gives the server to whoever
 * owns the cluster already, else to `postgres`, else to `nobody`; no account is ever made.
 */
export function serverAccount(clusterPath: string): Account | undefined {
  if (process.getuid?.() !== root) return undefined;
  const owner = statSync(clusterPath, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== root) return { uid: owner.uid, gid: owner.gid };
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    const uid = Number(user?.[2]);
    if (uid > root) return { uid, gid: Number(user?.[3]) };
  }
  return { uid: 65_534, gid: 65_534 };
}

/** Says whether `account` may pass through every directory down to `path` and read it. */
export function canReach(path: string, account: Account): boolean {
  const names = path.split('/').filter((name) => name !== '');
  return names.every((_, index) => {
    const { uid, gid, mode } = statSync(`/${names.slice(0, index + 1).join('/')}`);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    return ((mode >> shift) & 0o5) === 0o5;
  });
}
