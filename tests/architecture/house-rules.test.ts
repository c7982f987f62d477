import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { houseRules } from '../../scripts/house-rules/index.ts';
import { treeInMemory, treeOnDisk } from '../../scripts/house-rules/source-tree.ts';
import { samples } from './house-rule-samples.ts';

const repository = treeOnDisk();

test('the repository is seen by the rules', () => {
  assert.ok(repository.paths.length > 300, `${repository.paths.length} files seen`);
});

for (const rule of houseRules) {
  describe(rule.name, () => {
    const { broken = [], sound = [] } = samples[rule.name] ?? {};

    test('holds in the repository', () => {
      assert.deepEqual(rule.check(repository), []);
    });

    test('has been seen failing and passing', () => {
      assert.ok(broken.length > 0 && sound.length > 0);
    });

    for (const [index, files] of broken.entries()) {
      test(`refuses sample ${index + 1}`, () => {
        assert.notDeepEqual(rule.check(treeInMemory(files)), []);
      });
    }

    for (const [index, files] of sound.entries()) {
      test(`accepts sample ${index + 1}`, () => {
        assert.deepEqual(rule.check(treeInMemory(files)), []);
      });
    }
  });
}
