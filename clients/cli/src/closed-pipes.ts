/**
 * Whoever reads the output may stop reading (`taskflow tasks list | head -1`): that is no error of this program. What
 * has said its part ends by itself then, and what serves goes on. Output that is lost for another reason is a failure.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      if (stream === process.stdout) process.stderr.write(`taskflow: the output cannot be written: ${error.message}\n`);
      process.exit(1);
    });
  }
}
