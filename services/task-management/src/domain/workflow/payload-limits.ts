/** Most bytes of a payload once its references are filled in. */
export const maxResolvedPayload = 1024 * 1024;
/** Most bytes that the items of one fan-out carry together, once what they share is filled in. */
export const maxResolvedItems = 64 * 1024 * 1024;
/**
 * Most bytes of a fan-out's result, of what its preparation gives, and of a list that a step fans out over: as many as
 * task-execution takes of any result, because an event carries it as one value (`maxValueBytes` of kit/messaging).
 */
export const maxJoinedResult = 8 * 1024 * 1024 - 64 * 1024;
/** Most references of one step, in its payload, its condition and its compensation together. */
export const maxReferences = 10_000;
/** Most references of one workflow, over all steps. */
export const maxReferencesTogether = 100_000;
/** Most values that the comparisons of one condition look at: members of members, and so on. */
export const maxCompared = 1_000_000;
