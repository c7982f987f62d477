-- Takes back what a careful statement did, or that it failed. Parameters: none. Result: none.
rollback to savepoint careful
