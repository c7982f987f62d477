function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Values that throw, or do not answer, when they are looked at. */
export const hostile: Readonly<Record<string, unknown>> = {
  'a revoked proxy': revoked(),
  'an error behind a proxy that throws': new Proxy(new Error('x'), {
    get() {
      throw new Error('not even its members can be read');
    },
  }),
  'no prototype': Object.create(null),
  'a toString that throws': {
    toString() {
      throw new Error('no');
    },
  },
  'a message that is a symbol': Object.assign(new Error('x'), { message: Symbol('m') }),
  'a message that is an object': Object.assign(new Error('x'), { message: revoked() }),
  'a code that throws': Object.defineProperty(new Error('x'), 'code', {
    get() {
      throw revoked() as Error;
    },
  }),
  'a stack that throws': Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('no stack');
    },
  }),
  'a message without end': Object.defineProperty(new Error('x'), 'message', {
    get() {
      for (;;);
    },
  }),
  'a message that asks for itself': Object.defineProperty(new Error('x'), 'message', {
    get(this: Error): string {
      return this.message;
    },
  }),
  'a cause that is itself': (() => {
    const error = new Error('x');
    error.cause = error;
    return error;
  })(),
  'causes without end': Object.defineProperty(new Error('x'), 'cause', {
    get: () => Object.assign(new Error('y'), { cause: hostile['causes without end'] }),
  }),
  'a long message': new Error('m'.repeat(1_000_000)),
  'a long code': Object.assign(new Error(''), { code: 'c'.repeat(100_000) }),
  'many members': Object.assign(
    new Error('x'),
    Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, '\0'.repeat(500)])),
  ),
  'an aggregate of many': new AggregateError(Array.from({ length: 10_000 }, (_, i) => new Error(`e${i}`))),
  'a list without items': new Array(4_000_000_000),
  'a map of a million': new Map(Array.from({ length: 1_000_000 }, (_, i) => [i, i])),
  'a toJSON that throws': {
    toJSON() {
      throw new Error('no');
    },
  },
  'half a character': new Error('\ud800 and \0'),
  nothing: undefined,
  null: null,
  'a symbol': Symbol('s'),
  'a function': () => 1,
  'a bigint': 10n,
  'a promise': Promise.resolve(),
};
