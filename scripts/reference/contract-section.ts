import { contractSchema } from '../../tests/contracts/contract-schema.ts';
import { goldenMessages } from '../../tests/contracts/golden-messages.ts';
import { type PublishedContract, publishedContracts } from '../../tests/contracts/published-contracts.ts';
import { memberTable } from './schema-table.ts';

/** A contract by owner and the path of its golden message. */
export function contractNamed(owner: string, name: string): PublishedContract {
  const found = publishedContracts.find((contract) => contract.owner === owner && contract.name === name);
  if (found === undefined) throw new RangeError(`There is no contract ${owner} ${name}.`);
  return found;
}

/** Members and an example. */
export function contractSection(contract: PublishedContract): string {
  const [example] = goldenMessages(contract);
  const json = JSON.stringify(example?.message ?? null, null, 2);
  return `${memberTable(contractSchema(contract))}\n\n\`\`\`json\n${json}\n\`\`\``;
}
