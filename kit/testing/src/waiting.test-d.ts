import { eventually, eventuallyHolds } from './waiting.ts';

const asserts = async (): Promise<void> => {};

void eventuallyHolds(asserts);
// @ts-expect-error A check that only asserts gives nothing: it would be repeated until it fails.
void eventually(asserts);
