import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cloudEventSchema, decodeEntry, encodeEntry, type StreamEntry, toCloudEvent } from '@taskflow/kit-messaging';
import { goldenMessages } from './golden-messages.ts';
import { type PublishedContract, publishedContracts } from './published-contracts.ts';

const tenantId = '00000000-0000-0000-0000-000000000000';
const events = publishedContracts.filter(({ name }) => name.startsWith('events/'));

function entryOf({ owner, name }: PublishedContract, data: Record<string, unknown>): StreamEntry {
  const type = name.replace('events/v1/', '');
  const id = String(data.eventId);
  const event = { id, type, subject: 'tasks/1', key: 'tasks/1', time: 1_763_719_200_000, tenantId, data };
  return { source: owner, stream: 0, seq: 7, events: [event] };
}

for (const contract of events) {
  describe(`${contract.name}`, () => {
    for (const { file, message } of goldenMessages(contract)) {
      const entry = entryOf(contract, message as Record<string, unknown>);

      test(`${file} comes back from the log as it was`, () => {
        assert.deepEqual(decodeEntry(encodeEntry(entry.events))[0]?.data, message);
      });

      test(`${file} travels in a CloudEvents envelope`, () => {
        const envelope = toCloudEvent(entry, 0);
        assert.deepEqual(cloudEventSchema.parse(envelope), envelope);
        assert.deepEqual(contract.schema.parse(envelope.data), message);
      });
    }
  });
}
