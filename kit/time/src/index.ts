export { type Clock, systemClock } from './clock.ts';
export { idSeries } from './id-series.ts';
export { derivedId, type Ids, systemIds } from './ids.ts';
export { instantMs, instantText } from './instant-text.ts';
export { type Random, systemRandom } from './random.ts';
