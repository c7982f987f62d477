-- Opens a transaction. Sent in one message group with the transaction's first statement.
BEGIN
