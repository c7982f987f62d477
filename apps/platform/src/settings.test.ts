import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SettingsError } from '@taskflow/kit-config';
import { readPlatformSettings } from './settings.ts';

const refused = (env: Record<string, string>) => {
  try {
    readPlatformSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ name }) => name);
    throw error;
  }
  return assert.fail('the settings were taken');
};

describe('platform settings', () => {
  it('start embedded on loopback without any setting', () => {
    const { settings, warnings } = readPlatformSettings({});
    assert.deepEqual(warnings, []);
    assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 7400 });
    assert.equal(settings.dataDir, '.taskflow');
    assert.equal(settings.databaseUrl, undefined);
    assert.deepEqual([settings.leaseMs, settings.heartbeatMs], [15_000, 5_000]);
  });

  const unserved: Record<string, string> = {
    TASKFLOW_LISTEN: '0.0.0.0:7400',
    TASKFLOW_BROKER_URL: 'redis://127.0.0.1:6379',
    TASKFLOW_SERVICES: 'task-management',
    TASKFLOW_AUTH: 'required',
    TASKFLOW_SECRET_KEY: 'canary-canary',
    TASKFLOW_QUEUE_MAX_DEPTH: '1000',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  };
  for (const [name, value] of Object.entries(unserved)) {
    it(`refuses ${name}=${value}, which this version does not serve`, () => {
      assert.deepEqual(refused({ [name]: value }), [name]);
    });
  }

  it('refuses all of them at once, without printing a secret', () => {
    assert.deepEqual(refused(unserved).sort(), Object.keys(unserved).sort());
    assert.throws(
      () => readPlatformSettings(unserved),
      (error: Error) => !error.message.includes('canary'),
    );
  });

  it('takes what is served by name', () => {
    const served = { TASKFLOW_BROKER_URL: 'memory:', TASKFLOW_SERVICES: 'all', TASKFLOW_AUTH: 'local' };
    const quiet = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'none' };
    assert.ok(readPlatformSettings({ ...served, ...quiet, TASKFLOW_QUEUE_MAX_DEPTH: '0' }));
  });

  it('refuses a heartbeat that one late answer turns into a lost lease', () => {
    assert.deepEqual(refused({ TASKFLOW_LEASE_MS: '4s', TASKFLOW_HEARTBEAT_MS: '3s' }), ['TASKFLOW_HEARTBEAT_MS']);
    assert.ok(readPlatformSettings({ TASKFLOW_LEASE_MS: '4s', TASKFLOW_HEARTBEAT_MS: '2s' }));
  });

  it('warns of a mistyped name', () => {
    assert.deepEqual(readPlatformSettings({ TASKFLOW_LISTN: '1' }).warnings, [
      'TASKFLOW_LISTN is no setting and has no effect. Did you mean TASKFLOW_LISTEN?',
    ]);
  });

  it('lets flags win', () => {
    const { settings } = readPlatformSettings({ TASKFLOW_LISTEN: '127.0.0.1:1' }, { TASKFLOW_LISTEN: '7500' });
    assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 7500 });
  });
});
