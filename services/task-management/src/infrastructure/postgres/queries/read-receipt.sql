-- Whether the last turn that left a mark is this one. $1: stream · $2: batch
select 1 as found from receipts where stream = $1 and batch = $2::uuid;
