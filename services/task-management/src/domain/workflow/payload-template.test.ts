import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonSource } from './json-source.ts';
import {
  bindTemplate,
  compileTemplate,
  maxPayloadDepth,
  type PayloadTemplate,
  type Reference,
  resolveTemplate as resolveWithin,
  type ValueOf,
} from './payload-template.ts';

function template(payload: unknown): PayloadTemplate {
  const compiled = compileTemplate(payload);
  assert.ok('texts' in compiled, JSON.stringify(compiled));
  return compiled;
}

const ample = 1_000_000;
const resolveTemplate = (filled: PayloadTemplate, valueOf: ValueOf) => resolveWithin(filled, valueOf, ample);
const selectPath = (json: string, path: readonly string[]) => jsonSource(json).part(path);

function resolve(payload: unknown, values: Record<string, unknown>): unknown {
  const resolved = resolveTemplate(template(payload), (reference) => {
    const name = reference.source === 'step' ? reference.step : reference.source;
    return jsonSource(JSON.stringify(Object.hasOwn(values, name) ? values[name] : null));
  });
  if ('text' in resolved) return JSON.parse(resolved.text);
  assert.ok(!('oversized' in resolved));
  return 'missing' in resolved ? { missing: resolved.missing.text } : { absent: resolved.absent.text };
}

describe('a payload', () => {
  test('without references is printed as JSON prints it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        if (JSON.stringify(value).includes('"$from"')) return;
        const { texts, references } = template(value);
        assert.deepEqual([texts, references], [[JSON.stringify(value)], []]);
      }),
    );
  });

  test('has its references filled in wherever they stand', () => {
    const payload = {
      a: [1, { $from: 'steps.s.result.list.1' }],
      b: { $from: 'input' },
      c: { d: { $from: 'input.x.y' } },
    };
    assert.deepEqual(resolve(payload, { input: { x: { y: 'z' } }, s: { list: [10, 20] } }), {
      a: [1, 20],
      b: { x: { y: 'z' } },
      c: { d: 'z' },
    });
  });

  test('may be one reference', () => {
    assert.deepEqual(resolve({ $from: 'steps.s.result' }, { s: [1, 2] }), [1, 2]);
  });

  test('takes text that looks like JSON or like a reference as text', () => {
    const value = { text: '"}],{"$from":"input"}' };
    assert.deepEqual(resolve({ v: { $from: 'input' } }, { input: value }), { v: value });
  });

  test('passes null, false, zero and the empty string on', () => {
    for (const value of [null, false, 0, '']) {
      assert.deepEqual(resolve({ v: { $from: 'input.x' } }, { input: { x: value } }), { v: value });
    }
  });

  test('says which reference leads nowhere', () => {
    assert.deepEqual(resolve({ v: { $from: 'steps.s.result.a.b' } }, { s: { a: 1 } }), {
      missing: 'steps.s.result.a.b',
    });
  });

  test('is refused beyond its depth instead of overflowing the stack', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    assert.deepEqual((compileTemplate(deep) as { code: string }).code, 'payload_too_deep');
    let allowed: unknown = 1;
    for (let i = 0; i < maxPayloadDepth; i++) allowed = [allowed];
    template(allowed);
  });

  for (const from of [
    '',
    'input.',
    'steps',
    'steps.a',
    'steps.a.output',
    'steps..result',
    'env.HOME',
    'steps.a.result..b',
    7,
    null,
    {},
  ]) {
    test(`is refused with the reference ${JSON.stringify(from)}`, () => {
      assert.equal((compileTemplate({ v: { $from: from } }) as { code: string }).code, 'invalid_reference');
    });
  }

  test('is refused when a reference has other members beside it', () => {
    assert.equal((compileTemplate({ $from: 'input', or: 1 }) as { code: string }).code, 'invalid_reference');
  });

  test('has the default of a reference where there is no such value', () => {
    const payload = { $from: 'steps.s.result.a', default: { b: [null] } };
    assert.deepEqual(resolve(payload, { s: {} }), { b: [null] });
    assert.deepEqual(resolve(payload, { s: { a: 1 } }), 1);
    assert.deepEqual(resolve({ ...payload, default: null }, { s: {} }), null);
  });

  test('tells a source without any value from a value that is not there', () => {
    const payload = template({ $from: 'steps.s.result.a' });
    assert.ok('absent' in resolveTemplate(payload, () => undefined));
    assert.ok('missing' in resolveTemplate(payload, () => jsonSource('{}')));
    const spared = template({ $from: 'steps.s.result.a', default: 7 });
    assert.deepEqual(
      resolveTemplate(spared, () => undefined),
      { text: '7' },
    );
  });

  test('is refused with a default that holds references or is too deep', () => {
    assert.equal(
      (compileTemplate({ $from: 'input', default: [{ $from: 'input' }] }) as { code: string }).code,
      'invalid_reference',
    );
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    assert.equal((compileTemplate({ $from: 'input', default: deep }) as { code: string }).code, 'payload_too_deep');
  });

  test('may be filled in in two goes', () => {
    const values = { item: '1', input: '"x"' };
    const valueOf = ({ source }: Reference) => jsonSource(values[source as 'item' | 'input']);
    const payload = template([{ $from: 'item' }, 'between', { $from: 'input' }, { $from: 'item' }]);
    const shared = bindTemplate(payload, valueOf, ({ source }) => source === 'input', ample);
    assert.ok('texts' in shared);
    assert.deepEqual(
      shared.references.map(({ source }) => source),
      ['item', 'item'],
    );
    assert.deepEqual(resolveTemplate(shared, valueOf), { text: '[1,"between","x",1]' });
  });
});

describe('a payload with a limit', () => {
  const payload = template([{ $from: 'input' }, { $from: 'input' }, { $from: 'input' }]);
  const exactly = '[12345,12345,12345]'.length;

  test('may be as long as that, and no longer', () => {
    const valueOf = () => jsonSource('12345');
    assert.deepEqual(resolveWithin(payload, valueOf, exactly), { text: '[12345,12345,12345]' });
    assert.deepEqual(resolveWithin(payload, valueOf, exactly - 1), { oversized: true });
    const literal = template('12345');
    assert.deepEqual(resolveWithin(literal, valueOf, 7), { text: '"12345"' });
    assert.deepEqual(resolveWithin(literal, valueOf, 6), { oversized: true });
  });

  test('is given up where it outgrows it, whatever else it would have asked for', () => {
    let asked = 0;
    const valueOf = () => {
      asked += 1;
      return jsonSource('12345');
    };
    assert.deepEqual(resolveWithin(payload, valueOf, 8), { oversized: true });
    assert.equal(asked, 2);
  });
});

describe('a source', () => {
  test('is parsed once, however many parts are taken of it', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    const print = t.mock.method(JSON, 'stringify');
    const source = jsonSource('{"a":{"b":[1,2]},"c":3}');
    for (let i = 0; i < 1_000; i++) {
      assert.equal(source.part(['a', 'b']), '[1,2]');
      assert.equal(source.value(['c']), 3);
      assert.equal(source.part(['a', 'x']), undefined);
    }
    assert.equal(parse.mock.callCount(), 1);
    assert.equal(print.mock.callCount(), 2);
  });

  test('is not parsed where it is taken as a whole', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    assert.equal(jsonSource('{"a":1}').part([]), '{"a":1}');
    assert.equal(parse.mock.callCount(), 0);
  });
});

describe('a path', () => {
  test('sees own members alone, never what an object or an array inherits', () => {
    for (const path of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'constructor.prototype']) {
      assert.equal(selectPath('{"a":{}}', path.split('.')), undefined, path);
      assert.equal(selectPath('[1]', path.split('.')), undefined, path);
      assert.equal(selectPath('"text"', path.split('.')), undefined, path);
    }
    assert.equal(selectPath('[1,2]', ['length']), undefined);
    assert.equal(selectPath('"text"', ['0']), undefined);
    assert.equal(selectPath('[1,2]', ['-1']), undefined);
    assert.equal(selectPath('[1,2]', ['01']), undefined);
  });

  test('finds own members even when they are named like inherited ones', () => {
    assert.equal(selectPath('{"constructor":{"name":1}}', ['constructor', 'name']), '1');
    assert.equal(selectPath('{"__proto__":{"x":5}}', ['__proto__', 'x']), '5');
  });
});
