-- Waits for the transactions that write running work, and holds off the others until this one ends. It is what a
-- change of many running rows at once needs: writers take rows by the place where they saw them, so a row that moved
-- meanwhile would be missed, and a dispatch that began before the change would not be seen by it.
-- Parameters: none. Result: none.
lock table leased in share row exclusive mode
