import type { Part } from './part.ts';

const fewWaiting = 1_000;
const warmUpTurns = 20;
const turns = 60;

export const backlog: Part = {
  name: 'backlog',
  what: 'create, claim and complete 100 tasks of a queue with a thousand, and with many waiting',
  runs: 'once',
  async measure({ load, clean }, { waiting }) {
    await load.call('fillBacklog', { count: fewWaiting });
    await clean();
    await load.call('turnOverBacklog', { turns: warmUpTurns });
    const few = await load.call('turnOverBacklog', { turns });
    const { perSecond } = await load.call('fillBacklog', { count: waiting - fewWaiting });
    // Else autovacuum goes through the new million while a hundred of them are timed.
    await clean();
    await load.call('turnOverBacklog', { turns: warmUpTurns });
    const many = await load.call('turnOverBacklog', { turns });
    return {
      waiting: waiting,
      'fill tasks/s': perSecond,
      'create ms, 1k waiting': few.createMs,
      'create ms, many': many.createMs,
      'create many ÷ 1k': many.createMs / few.createMs,
      'claim ms, 1k waiting': few.claimMs,
      'claim ms, many': many.claimMs,
      'claim many ÷ 1k': many.claimMs / few.claimMs,
      'complete many ÷ 1k': many.completeMs / few.completeMs,
    };
  },
};
