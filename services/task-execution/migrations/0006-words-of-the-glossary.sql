-- Columns and an index are named by what they hold: whether nobody knows if an earlier attempt did its work, and the order
-- in which waiting work is claimed. No row is rewritten.
alter table waiting rename column unheard to outcome_unknown;
alter table delayed rename column unheard to outcome_unknown;
alter table leased rename column unheard to outcome_unknown;
alter index waiting_in_line rename to waiting_by_urgency;
