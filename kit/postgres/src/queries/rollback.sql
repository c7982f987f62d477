-- Gives a failed transaction up.
ROLLBACK
