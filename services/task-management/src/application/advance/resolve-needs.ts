import type { ChildToStart } from '../../domain/workflow/child-definition.ts';
import type { Need } from '../../domain/workflow/effect.ts';
import type { Input, JoinOutcome } from '../../domain/workflow/input.ts';
import { outputSteps } from '../../domain/workflow/output.ts';
import type { StepReading } from '../../domain/workflow/step-reading.ts';
import type { Key } from '../ports/advance-store.ts';
import { type ChildrenToStart, loadDefinitions } from './child-definitions.ts';
import type { Discards } from './discard-workflows.ts';
import { asked, type EndedChild, isAnswered, type Needed, type NeedOf, type Needs } from './needs.ts';
import { refusePoisoned } from './on-behalf.ts';
import { joinItems, loadErrors, resetRows, takeSignals } from './read-needs.ts';
import { InstanceReading, needsOf, type ResultNeed } from './step-results.ts';
import type { TransactionParts } from './transaction-parts.ts';
import { addressOf, childOf, type WorkflowInstance } from './workflow-instance.ts';

type ResolverParts = TransactionParts & { readonly discards: Discards };

/**
 * Answers what transitions need, and what these answers need, pass by pass. What one pass needs is read together: the
 * number of statements depends on how deep the consequences go and not on how many there are. After so many passes
 * nothing else starts in this transaction; what has started comes to its consequences.
 */
export class NeedResolver {
  readonly #with: ResolverParts;
  /** Something was read by itself that was too large beside others: no other is in this transaction. */
  #readAlone = false;

  constructor(parts: ResolverParts) {
    this.#with = parts;
  }

  async run(): Promise<void> {
    const { transitions, budget, record } = this.#with;
    for (let passes = 1; !isAnswered(transitions.needs); passes += 1) {
      if (passes > budget.bounds.passes) budget.exhaust();
      refusePoisoned(record);
      await this.#pass(transitions.takeNeeds());
    }
    refusePoisoned(record);
  }

  async #pass(wanted: Needs): Promise<void> {
    const needs = this.#deferUnaffordable(wanted);
    await this.#with.instances.obtain(relativesOf(needs));
    const answers = await this.#read(needs);
    for (const ended of needs.endedChildren) this.#notifyParent(ended);
    for (const cancelled of needs.cancelledChildren) this.#cancelChild(cancelled);
    const { join, error, output, start, signal, compensate } = needs;
    for (const kind of [join, error, output, start, signal, compensate]) {
      for (const need of kind) this.#answer(need, answers);
    }
    await this.#answerAlone(answers);
  }

  /** What the transaction does not take on any more is deferred before anything is read for it. */
  #deferUnaffordable(needs: Needs): Needs {
    const { fresh, left } = this.#with.budget;
    if (!fresh.isSpent && !left.isSpent) return needs;
    const isAffordable = ({ cause }: Needed<unknown>) => !this.#with.budget.of(cause.share).isSpent;
    for (const need of [...needs.start, ...needs.compensate]) if (!isAffordable(need)) this.#defer(need);
    return {
      ...needs,
      start: needs.start.filter(isAffordable),
      compensate: needs.compensate.filter(isAffordable),
    };
  }

  async #read(needs: Needs): Promise<Answers> {
    const { tx, budget, writes, results } = this.#with;
    const outcomeOf = await joinItems(tx, budget, needs.join);
    const [childOfStep, errorOf, signalOf] = await Promise.all([
      loadDefinitions(this.#with, needs.start),
      loadErrors(tx, needs.error),
      takeSignals(tx, writes, needs.signal),
      results.load(resultsOf(needs)),
      resetRows(tx, writes, needs.reset),
    ]);
    return { outcomeOf, childOfStep, errorOf, signalOf };
  }

  #notifyParent({ child: { tenantId, id, name, parent }, status, output }: EndedChild): void {
    const workflow = { tenantId, id: parent?.id ?? '' };
    this.#with.mailbox.deliver(workflow, { kind: 'child', step: parent?.step ?? '', id, name, status, output });
  }

  /**
   * A workflow is asked to end with the one that started it. One that has ended, or is being compensated, goes its own
   * way. One that is stuck is given up, unless it has something to compensate: that is left to an operator.
   */
  #cancelChild({ instance, need: { step, compensate } }: Needs['cancelledChildren'][number]): void {
    const { instances, transitions, discards } = this.#with;
    const key = childOf(instance, step);
    const parked = instances.parkedAt(key);
    const child = parked ? undefined : instances.at(key);
    const reason = instance.cancelReason ?? 'the workflow that started it has ended';
    if (child) transitions.apply(child, { kind: 'cancel', compensate, reason }, asked);
    else if (parked && !compensate) discards.giveUp(parked, instance.cancelReason);
  }

  #answer(needed: Needed<Need>, answers: Answers): void {
    const answer = answerTo(needed, answers, new InstanceReading(needed.instance, this.#with.results));
    if (answer) this.#with.transitions.apply(needed.instance, answer, needed.cause);
  }

  /** It stands as if it had not been decided, and a later transaction goes on with it. */
  #defer(needed: Reading): void {
    this.#with.transitions.apply(needed.instance, readingAnswer(needed.need, undefined, undefined), needed.cause);
  }

  /** One of what was too large beside others is read by itself, the others in later transactions. */
  async #answerAlone(answers: Answers): Promise<void> {
    const [first, ...others] = this.#with.transitions.takeAlone();
    if (first === undefined) return;
    if (this.#readAlone) this.#defer(first);
    else {
      this.#readAlone = true;
      await this.#with.results.reload(readsOf(first));
      this.#answer(first, answers);
    }
    for (const other of others) this.#defer(other);
  }
}

type Reading = Needed<NeedOf<'output' | 'start' | 'compensate'>>;

/** What was read for one pass. */
interface Answers {
  readonly outcomeOf: (instance: WorkflowInstance, need: NeedOf<'join'>) => JoinOutcome;
  readonly childOfStep: ChildrenToStart;
  readonly errorOf: (instance: WorkflowInstance, step: number) => string;
  readonly signalOf: (instance: WorkflowInstance, need: NeedOf<'signal'>) => string | undefined;
}

function answerTo(needed: Needed<Need>, answers: Answers, reading: StepReading): Input | undefined {
  const { instance, need } = needed;
  switch (need.what) {
    case 'start':
      return readingAnswer(need, reading, answers.childOfStep(instance, need.step));
    case 'compensate':
    case 'output':
      return readingAnswer(need, reading, undefined);
    case 'error':
      return { kind: 'error-found', step: need.step, then: need.then, error: answers.errorOf(instance, need.step) };
    case 'join':
      return { kind: 'items-joined', step: need.step, outcome: answers.outcomeOf(instance, need) };
    case 'signal': {
      const payload = answers.signalOf(instance, need);
      return payload === undefined ? undefined : { kind: 'signal-taken', step: need.step, payload };
    }
    case 'reset':
      return undefined;
  }
}

function readingAnswer(
  need: Reading['need'],
  reading: StepReading | undefined,
  child: ChildToStart | undefined,
): Input {
  const { alone } = need;
  switch (need.what) {
    case 'start': {
      const { step, prepared, laid } = need;
      return { kind: 'start-step', step, prepared, laid, alone, reading, child };
    }
    case 'compensate':
      return { kind: 'compensate', step: need.step, again: need.again, alone, reading };
    case 'output':
      return { kind: 'complete', paused: need.paused, alone, reading };
  }
}

/** Parents and children that a pass is about. */
function relativesOf({ endedChildren, cancelledChildren }: Needs): Key[] {
  const keys = endedChildren.map(({ child }) => ({ tenantId: child.tenantId, id: child.parent?.id ?? '' }));
  for (const { instance, need } of cancelledChildren) keys.push(childOf(instance, need.step));
  return keys;
}

function resultsOf({ start, compensate, output }: Needs): ResultNeed[] {
  const reads: ResultNeed[] = [];
  for (const kind of [start, compensate, output]) for (const need of kind) reads.push(...readsOf(need));
  return reads;
}

function readsOf({ instance, need }: Pick<Reading, 'instance' | 'need'>): readonly ResultNeed[] {
  const { graph } = instance;
  switch (need.what) {
    case 'start':
      if (need.prepared) return [{ instance, address: addressOf(instance, need.step, 'prepare') }];
      return needsOf(instance, graph.steps[need.step]?.reads ?? []);
    case 'compensate':
      return needsOf(instance, graph.steps[need.step]?.compensation?.reads ?? []);
    case 'output':
      return needsOf(instance, outputSteps(graph));
  }
}
