import assert from 'node:assert/strict';
import { it } from 'node:test';
import { idSeries } from './id-series.ts';
import { type Ids, systemIds } from './ids.ts';

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it('gives valid ids, each once, also past the end of one series and across two', () => {
  const first = idSeries(systemIds);
  const second = idSeries(systemIds);
  const seen = new Set<string>();
  for (let i = 0; i < 70_000; i += 1) {
    seen.add(first());
    seen.add(second());
  }
  assert.equal(seen.size, 140_000);
  for (const id of [...seen].slice(0, 100)) assert.match(id, version7);
});

it('draws one new id for a whole series', () => {
  let drawn = 0;
  const ids: Ids = { ...systemIds, next: () => `01a1fbfe-d560-79ab-ba84-91932f56b20${drawn++}` };
  const next = idSeries(ids);
  assert.deepEqual([next(), next()], ['01a1fbfe-d560-79ab-ba84-91932f560000', '01a1fbfe-d560-79ab-ba84-91932f560001']);
  assert.equal(drawn, 1);
});
