-- Reads what every workflow came to. Parameters: none. Result: a row per workflow.
select id, status from workflows
