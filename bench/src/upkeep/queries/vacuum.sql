-- Takes dead rows away in the whole database, and leaves statistics as they are. Parameters: none. No result.
vacuum
