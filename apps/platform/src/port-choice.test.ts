import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { PlatformError } from './platform-error.ts';
import { chooseAddress } from './port-choice.ts';

describe('chooseAddress', () => {
  it('gives a free port as it was asked for, and refuses or passes over a taken one', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const wanted = { host: '127.0.0.1', port };
    await assert.rejects(
      chooseAddress(wanted, 'refuse'),
      (error) => error instanceof PlatformError && error.code === 'port_in_use' && error.message.includes(String(port)),
    );
    const next = await chooseAddress(wanted, 'next');
    assert.ok(next.port > port);
    other.close();
    await once(other, 'close');
    assert.deepEqual(await chooseAddress(wanted, 'next'), wanted);
  });

  it('refuses an address that this machine does not have', async () => {
    await assert.rejects(chooseAddress({ host: '203.0.113.1', port: 7400 }, 'next'), PlatformError);
  });
});
