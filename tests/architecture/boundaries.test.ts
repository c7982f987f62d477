import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { repositoryRoot } from '../../scripts/files/list-files.ts';
import { type Cruise, cruise, fewestModules, judgeCruise } from '../../scripts/verify/boundaries.ts';
import { boundaryViolations, targets } from './boundary-violations.ts';
import { type PlantedCopy, plantedCopy } from './planted-copy.ts';

interface CruiserConfig {
  forbidden: readonly { name: string; severity: string }[];
}
const config = createRequire(import.meta.url)(join(repositoryRoot, '.dependency-cruiser.cjs')) as CruiserConfig;

describe('the repository as it is', () => {
  let seen: Cruise;
  before(async () => {
    seen = await cruise();
  });

  test('crosses no border', () => {
    assert.deepEqual(seen.violations, []);
  });

  test('is seen by the check', () => {
    assert.ok(seen.modules >= fewestModules, `${seen.modules} modules seen`);
  });
});

describe('a planted violation is caught:', () => {
  let copy: PlantedCopy;
  let seen: Cruise;
  before(async () => {
    const violations = Object.fromEntries(boundaryViolations.map(({ path, text }) => [path, text]));
    copy = plantedCopy({ ...targets, ...violations });
    seen = await cruise(copy.directory);
  });
  after(() => copy.remove());

  for (const { what, rule, path } of boundaryViolations) {
    test(`${what} (${rule})`, () => {
      const rules = seen.violations.filter(({ from, to }) => from === path || to === path).map(({ rule }) => rule);
      assert.ok(rules.includes(rule), `${path} broke ${rules.join(', ') || 'nothing'}`);
    });
  }

  test('and nothing else is', () => {
    const planted = new Set(boundaryViolations.map(({ path }) => path));
    assert.deepEqual(
      seen.violations.filter(({ from, to }) => !planted.has(from) && !planted.has(to)),
      [],
    );
  });
});

describe('the rules', () => {
  test('have each been broken once', () => {
    const broken = new Set(boundaryViolations.map(({ rule }) => rule));
    assert.deepEqual(
      config.forbidden.map(({ name }) => name).filter((name) => !broken.has(name)),
      [],
    );
  });

  test('are all errors', () => {
    assert.ok(config.forbidden.every(({ severity }) => severity === 'error'));
  });

  test('a check that sees no module fails, although it finds no violation', () => {
    assert.equal(judgeCruise({ modules: 0, violations: [] }).passed, false);
    assert.equal(judgeCruise({ modules: fewestModules, violations: [] }).passed, true);
  });

  test('a check that finds a violation fails', () => {
    const violations = [{ rule: 'no-circular', from: 'a.ts', to: 'b.ts' }];
    assert.equal(judgeCruise({ modules: fewestModules, violations }).passed, false);
  });
});
