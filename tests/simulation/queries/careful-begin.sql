-- Begins a statement that may be taken back. Parameters: none. Result: none.
savepoint careful
