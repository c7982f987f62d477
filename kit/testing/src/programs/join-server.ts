// A process of a test run: joins the server of a directory, says its address, and stays until its input ends.
import { joinServer } from '../run-server.ts';

const [home = '', linger = ''] = process.argv.slice(2);
process.stdout.write(`${await joinServer(home, Number(linger))}\n`);
process.stdin.resume();
