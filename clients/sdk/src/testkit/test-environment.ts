import { type ApiRequest, createHttpApi, type HttpApi } from '../api/http-api.ts';
import type { Definition } from '../worker/handlers.ts';
import { HandlerCalls, type Timer } from './handler-calls.ts';
import type { Mock } from './mock.ts';
import { openTestPlatform, type TestPlatform } from './platform-testing.ts';
import { closed } from './quiescence.ts';
import { TestWorkers } from './test-workers.ts';

export interface TestEnvironmentOptions {
  readonly mocks: readonly Mock[];
  readonly startAt?: number;
  readonly settleWithinMs?: number;
}

/** An engine and its workers: all that one test has, on time of its own. */
export class TestEnvironment {
  readonly calls: HandlerCalls;
  readonly #platform: TestPlatform;
  readonly #workers: TestWorkers;
  /** Ends requests to the present engine: there is no other answer once it is dead. */
  #killed = new AbortController();
  #isOver = false;
  #asked = 0;

  private constructor(calls: HandlerCalls, workers: TestWorkers, platform: TestPlatform) {
    this.calls = calls;
    this.#workers = workers;
    this.#platform = platform;
  }

  static async open({ mocks, startAt, settleWithinMs }: TestEnvironmentOptions): Promise<TestEnvironment> {
    const calls = new HandlerCalls(mocks);
    const opened: { platform?: TestPlatform; environment?: TestEnvironment } = {};
    const after: Timer = (ms, run) => opened.platform?.after(ms, run) ?? (() => {});
    const workers = new TestWorkers({ calls, attemptClock: { now: () => opened.platform?.now() ?? 0, after } });
    calls.timeBy(after);
    opened.platform = await openTestPlatform({
      workload: { types: workers.types, running: calls.running, asked: () => opened.environment?.asked ?? 0 },
      startAt,
      settleWithinMs,
      onKill: () => opened.environment?.die(),
    });
    opened.environment = new TestEnvironment(calls, workers, opened.platform);
    return opened.environment;
  }

  /** The number of requests of the test that are not answered yet. */
  get asked(): number {
    return this.#asked;
  }

  get platform(): TestPlatform {
    return this.#platform;
  }

  /** The API of whichever engine lives. What a dead one was asked rejects at once. */
  get api(): HttpApi {
    const { url } = this.#platform;
    const request: HttpApi['request'] = (asked) =>
      asked.waitSeconds === undefined ? this.following(this.#ask(asked)) : this.#ask(asked);
    return { url, request };
  }

  learn(definitions: readonly Definition[]): Promise<void> {
    return this.#workers.learn(this.#platform.url, definitions);
  }

  /** After the engine was killed, and its workers with it: others take their place on a new one. */
  async revive(): Promise<void> {
    await this.#platform.revive();
    this.#killed = new AbortController();
    await this.#workers.restart(this.#platform.url);
  }

  /** Counts `work` among what the test has asked for. */
  async following<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#asked += 1;
    try {
      return await work;
    } finally {
      this.#asked -= 1;
    }
  }

  async #ask<Body>(request: ApiRequest): Promise<Body> {
    const { signal } = this.#killed;
    const either = request.signal === undefined ? signal : AbortSignal.any([signal, request.signal]);
    try {
      return await createHttpApi({ url: this.#platform.url }).request<Body>({ ...request, signal: either });
    } catch (error) {
      throw this.#isOver ? closed(error) : error;
    }
  }

  /** Ends the workers and rejects what the engine was asked, as its death does. */
  die(): void {
    this.#workers.kill();
    this.#killed.abort(new Error('the engine was killed'));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.die();
    await this.#platform.stop();
  }
}
