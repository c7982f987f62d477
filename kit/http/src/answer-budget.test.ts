import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { eventually } from '@taskflow/kit-testing';
import { AnswerBudget } from './answer-budget.ts';
import { caller, thingsServer } from './testing/things-server.ts';

const kilo = 1024;

class FakeResponse extends EventEmitter {
  closed = false;
  writableEnded = false;
  stalledMs: number | undefined;
  destroyed = false;
  setTimeout(ms: number): void {
    this.stalledMs = ms;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

function scene() {
  const budget = new AnswerBudget({ untakenBytes: 100 * kilo, stalledMs: 7 });
  const give = (bytes: number, { isRead = true, closed = false } = {}) => {
    const response = Object.assign(new FakeResponse(), { closed });
    budget.give(response as never, bytes, isRead);
    return response;
  };
  const admit = (isSystem = false) => {
    const response = new FakeResponse();
    budget.admit(response as never, isSystem);
    return response;
  };
  return { give, admit };
}

describe('answers that are not read', () => {
  it('are given until they are too much; then large reads are refused, and small ones and writes are not', () => {
    const { give, admit } = scene();
    give(60 * kilo);
    assert.throws(() => give(41 * kilo), OverloadedError);
    give(40 * kilo);
    give(16 * kilo);
    give(60 * kilo, { isRead: false });
    admit();
  });

  it('count until they are taken or their connection has ended, and not at all where it has already', () => {
    const { give } = scene();
    give(200 * kilo, { closed: true });
    const first = give(60 * kilo);
    first.emit('close');
    give(100 * kilo);
  });

  it('are given however large one alone is', () => {
    scene().give(500 * kilo);
  });

  it('of twice as much refuse every request but those of probes', () => {
    const { give, admit } = scene();
    const taken = give(200 * kilo, { isRead: false });
    admit();
    give(1);
    assert.throws(() => admit(), OverloadedError);
    admit(true);
    taken.emit('close');
    admit();
  });

  it('end their connection when nothing of them is taken, but not one whose answer is still worked on', () => {
    const { give, admit } = scene();
    assert.equal(give(17 * kilo).stalledMs, 7);
    assert.equal(give(1).stalledMs, undefined);
    const response = admit();
    response.emit('timeout');
    assert.ok(!response.destroyed);
    response.writableEnded = true;
    response.emit('timeout');
    assert.ok(response.destroyed);
  });

  it('are bounded at a server, whose probes are answered all the same', async (t) => {
    const { server } = thingsServer({ answers: { untakenBytes: 7 * kilo * kilo } });
    await server.start();
    const call = caller(server);
    const idle = await asking(server.port, 1);
    t.after(async () => {
      idle.destroy();
      await server.stop();
    });
    const refused = await eventually(async () => {
      const answer = await call('/large');
      assert.equal(answer.status, 503);
      return answer;
    });
    assert.equal(refused.body.code, 'overloaded');
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal((await call('/things')).status, 503);
    assert.equal((await call('/livez')).status, 200);
    idle.destroy();
    await eventually(async () => (await call('/large')).status === 200);
  });

  it('end at a server with their connection', async (t) => {
    const { server } = thingsServer({ answers: { stalledMs: 100 } });
    await server.start();
    t.after(() => server.stop());
    // With more than one request it is not read either, so that what is written tells only whether it still is there.
    const idle = await asking(server.port, 3);
    await eventually(() => idle.destroyed || (idle.write(' '), false), { withinMs: 20_000 });
  });
});

/** A connection that asks for large answers and reads none. */
async function asking(port: number, times: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(times));
  return socket;
}
