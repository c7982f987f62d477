-- Ends a transaction. Answers ROLLBACK instead when one of its statements had failed.
COMMIT
