/** Of a platform whose workers are lost soon, so that nobody waits long for what a fault left behind. */
export const soonLost = { TASKFLOW_LEASE_MS: '3000', TASKFLOW_HEARTBEAT_MS: '1000' };

/** The same, saying all that it does in lines that can be counted. */
export const soonLostAndReported = { ...soonLost, TASKFLOW_LOG_LEVEL: 'info', TASKFLOW_LOG_FORMAT: 'json' };

/** Of a task that no fault is to end: it is tried until there is none. */
export const patient = { maxAttempts: 100, backoff: 'fixed', initial: 20, jitter: 'none' } as const;
