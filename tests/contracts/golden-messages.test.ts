import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractSchema } from './contract-schema.ts';
import { goldenFiles, goldenMessages } from './golden-messages.ts';
import { publishedContracts } from './published-contracts.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const without = (message: Record<string, unknown>, member: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(message).filter(([name]) => name !== member));

for (const contract of publishedContracts) {
  const { owner, name, schema, direction } = contract;
  const messages = goldenMessages(contract);
  const { required = [], properties = {} } = contractSchema(contract);

  describe(`${owner} ${name}`, () => {
    test('has a golden message', () => assert.ok(messages.length > 0));

    for (const { file, message } of messages) {
      test(`accepts ${file} and loses nothing of it`, () => {
        const parsed = schema.safeParse(message);
        assert.ok(parsed.success, parsed.error?.message);
        if (direction === 'produced') assert.deepEqual(parsed.data, message);
      });

      test(`refuses ${file} without any one of its required members`, () => {
        assert.ok(isObject(message));
        const accepted = required.filter((member) => schema.safeParse(without(message, member)).success);
        assert.deepEqual(accepted, []);
      });
    }

    test('its golden messages show every member', () => {
      const shown = new Set(messages.flatMap(({ message }) => Object.keys(message as object)));
      const notOnTheWire = new Set(['runAt', 'delay', 'sla', 'when', 'compensation', 'compensate']);
      assert.deepEqual(
        Object.keys(properties).filter((member) => !shown.has(member) && !notOnTheWire.has(member)),
        [],
      );
    });
  });
}

for (const owner of new Set(publishedContracts.map((contract) => contract.owner))) {
  test(`every golden message of ${owner} belongs to a contract`, () => {
    const own = publishedContracts.filter((contract) => contract.owner === owner);
    const files = own.flatMap((contract) => goldenMessages(contract).map(({ file }) => file));
    assert.deepEqual(goldenFiles(owner), files.sort());
  });
}
