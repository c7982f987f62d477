// `npm run statements`: writes what the statements of each service take and give, as its schema has it.

import { generate } from './reference/generated-file.ts';
import { describedStatements } from './statements/described-statements.ts';

const modules = await describedStatements();
for (const { file } of modules) if (file !== undefined) generate(file, []);
const problems = modules.flatMap((module) => module.problems);
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
