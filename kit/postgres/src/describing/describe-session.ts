import pg from 'pg';
import { ownAddress } from '../own-address.ts';
import { readTree, type TreeNode } from './node-tree.ts';

/** The server's description of a statement that it parsed and did not run. Types stand as numbers. */
export interface Described {
  readonly parameterTypes: readonly number[];
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly tree: TreeNode;
}

/** What `pg` offers a query for writing its messages, and what it tells of answers; not part of its published types. */
interface Wire {
  once(event: 'parameterDescription', listener: (message: { dataTypeIDs: readonly number[] }) => void): void;
  parse(message: { name: string; text: string; types: readonly number[] }): void;
  describe(message: { type: 'S'; name: string }): void;
  sync(): void;
}

interface RowDescription {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** Sends Parse and Describe, and nothing that would run. */
class DescribeQuery {
  readonly #text: string;
  readonly #settle: (error: Error | undefined, described: Omit<Described, 'tree'>) => void;
  #parameterTypes: readonly number[] = [];
  #columns: Described['columns'] = [];
  #error: Error | undefined;

  constructor(text: string, settle: (error: Error | undefined, described: Omit<Described, 'tree'>) => void) {
    this.#text = text;
    this.#settle = settle;
  }

  submit(connection: Wire): undefined {
    connection.once('parameterDescription', ({ dataTypeIDs }) => {
      this.#parameterTypes = dataTypeIDs;
    });
    connection.parse({ name: '', text: this.#text, types: [] });
    connection.describe({ type: 'S', name: '' });
    connection.sync();
  }

  handleRowDescription({ fields }: RowDescription): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
  }

  handleParseComplete(): void {}

  handleError(error: Error): void {
    this.#error = error;
    this.handleReadyForQuery();
  }

  handleReadyForQuery(): void {
    this.#settle(this.#error, { parameterTypes: this.#parameterTypes, columns: this.#columns });
  }
}

export interface DescribeSession {
  /** Rejects with the error of the server, which says where in the text it stands. */
  describe(text: string): Promise<Described>;
  end(): Promise<void>;
}

/** The server prints the tree of what it parses as a notice. */
const printing = '-c debug_print_parse=on -c debug_pretty_print=off -c client_min_messages=log';

export async function openDescribeSession(url: string): Promise<DescribeSession> {
  const client = new pg.Client({ ...ownAddress(url), options: printing });
  let printed: string | undefined;
  client.on('notice', ({ message, detail }) => {
    if (message === 'parse tree:') printed = detail;
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    describe: async (text) => {
      printed = undefined;
      const { promise, resolve, reject } = Promise.withResolvers<Omit<Described, 'tree'>>();
      const query = new DescribeQuery(text, (error, found) => (error === undefined ? resolve(found) : reject(error)));
      client.query(query as unknown as pg.Submittable);
      const described = await promise;
      if (printed === undefined) throw new Error('the server did not print how it understands the statement');
      return { ...described, tree: readTree(printed) };
    },
    end: () => client.end(),
  };
}
