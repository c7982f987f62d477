-- Reads how far consumers told this service to have applied its streams. The test's own consumer applies nothing.
-- Parameters: none. Result: a row per consumer and stream.
select consumer, stream, seq from consumer_progress where consumer <> 'chaos-audit'
