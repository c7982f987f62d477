-- Keeps what a careful statement did. Parameters: none. Result: none.
release savepoint careful
