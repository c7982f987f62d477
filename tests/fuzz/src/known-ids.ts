import fc from 'fast-check';

/**
 * Ids are chosen before a run and exist only during it: a request carries the place of one among those that the
 * answers so far have named, and is given the id when it is sent.
 */
const placeholders = /00000000-0000-4000-8000-([0-9a-f]{12})/g;

export function placeholder(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Mostly one that exists, in small letters or in capitals, at times one of nobody. */
export function ids(): fc.Arbitrary<string> {
  const strange = fc.uuid();
  return fc.oneof(
    { weight: 6, arbitrary: fc.nat(0xffff).map(placeholder) },
    strange,
    strange.map((id) => id.toUpperCase()),
  );
}

type Kind = 'tasks' | 'workflows' | 'sessions' | 'leases' | 'leasedTasks';
/** Few, so that several commands meet the same thing. */
const kept = 30;

/** The newest ids that answers have named. A lease and its task stand at the same place of their lists. */
export class KnownIds {
  readonly #all: Record<Kind, string[]> = { tasks: [], workflows: [], sessions: [], leases: [], leasedTasks: [] };

  learn(path: string, text: string): void {
    if (text.length > 50_000 || !text.startsWith('{')) return;
    const body = JSON.parse(text) as Record<string, unknown>;
    const own = path.startsWith('/api/v1/workflows')
      ? 'workflows'
      : path.startsWith('/api/v1/tasks')
        ? 'tasks'
        : undefined;
    this.#add('sessions', [body['session']]);
    if (own) this.#add(own, [body['id'], ...listOf(body['items'], 'id'), ...listOf(body['tasks'], 'id')]);
    this.#add('tasks', listOf(body['steps'], 'taskId'));
    this.#add('workflows', listOf(body['steps'], 'childId'));
    this.#add('leases', listOf(body['deliveries'], 'lease'));
    this.#add('leasedTasks', listOf(body['deliveries'], 'taskId'));
  }

  /** With the ids that the placeholders of a path and its query stand for. */
  inPath(path: string): string {
    const own = path.startsWith('/api/v1/tasks/') ? 'tasks' : 'workflows';
    return path.replaceAll(placeholders, (text, place: string) => this.#at(own, place) ?? text);
  }

  inBody(text: string): string {
    const members = /"(session|lease|taskId)":"00000000-0000-4000-8000-([0-9a-f]{12})"/g;
    const kinds = { session: 'sessions', lease: 'leases', taskId: 'leasedTasks' } as const;
    return text
      .replaceAll(members, (all, name: keyof typeof kinds, place: string) => {
        const id = this.#at(kinds[name], place);
        return id === undefined ? all : `"${name}":"${id}"`;
      })
      .replaceAll(placeholders, (all, place: string) => this.#at('leases', place) ?? all);
  }

  #add(kind: Kind, found: readonly unknown[]): void {
    const texts = found.filter((id) => typeof id === 'string');
    if (texts.length > 0) this.#all[kind] = [...this.#all[kind], ...texts].slice(-kept);
  }

  #at(kind: Kind, place: string): string | undefined {
    const known = this.#all[kind];
    const number = Number.parseInt(place, 16);
    const id = known[number % Math.max(1, known.length)];
    return number % 7 === 0 ? id?.toUpperCase() : id;
  }
}

function listOf(list: unknown, member: string): unknown[] {
  return Array.isArray(list) ? list.slice(0, 50).map((item) => (item as Record<string, unknown> | null)?.[member]) : [];
}
