-- Lets this transaction's COMMIT return before the disk has it; a crash may lose it, whole.
SET LOCAL synchronous_commit = off
