/** Tables of the outbox and of positions; the line `messaging` in every service's database. */
export const messagingMigrations = new URL('../migrations/', import.meta.url);
