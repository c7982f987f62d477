-- Makes every table and sequence what it was when the database was new.
SELECT pristine.restore()
