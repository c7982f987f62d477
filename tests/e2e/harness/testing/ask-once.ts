// A program that asks once and minds no failure: `node tests/e2e/harness/testing/ask-once.ts <url>`.

await fetch(String(process.argv[2]), { method: 'POST' }).catch(() => {});
