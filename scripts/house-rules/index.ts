import { clockIdsAndChanceAreInjected } from './clock-ids-and-chance-are-injected.ts';
import { domainNounsHaveEntries } from './domain-nouns-have-entries.ts';
import { entryPointsNameTheirExports } from './entry-points-name-their-exports.ts';
import { environmentReadInConfig } from './environment-read-in-config.ts';
import { factoriesAreNamedAlike } from './factories-are-named-alike.ts';
import { fileNamesSayResponsibility } from './file-names-say-responsibility.ts';
import { filesStayShort } from './files-stay-short.ts';
import type { HouseRule } from './house-rule.ts';
import { importsStayInsideThePackage } from './imports-stay-inside-the-package.ts';
import { kitHasNoBusinessWord } from './kit-has-no-business-word.ts';
import { lockfileAgreesWithPackages } from './lockfile-agrees-with-packages.ts';
import { lockfileHoldsNoAddresses } from './lockfile-holds-no-addresses.ts';
import { membersHideByName } from './members-hide-by-name.ts';
import { nothingIsLeftUnfinished } from './nothing-is-left-unfinished.ts';
import { nothingIsSuppressed } from './nothing-is-suppressed.ts';
import { nothingPointsOutside } from './nothing-points-outside.ts';
import { oneWordPerThing } from './one-word-per-thing.ts';
import { ownUnionsHaveKinds } from './own-unions-have-kinds.ts';
import { refusalsAreValues } from './refusals-are-values.ts';
import { servicesShareOneSkeleton } from './services-share-one-skeleton.ts';
import { siblingsLookAlike } from './siblings-look-alike.ts';
import { siblingsNameAlike } from './siblings-name-alike.ts';
import { sqlFilesAreUsed } from './sql-files-are-used.ts';
import { sqlFilesHoldOneHeadedStatement } from './sql-files-hold-one-headed-statement.ts';
import { sqlOnlyInSqlFiles } from './sql-only-in-sql-files.ts';
import { sqlReadsTimeThroughOneFunction } from './sql-reads-time-through-one-function.ts';
import { testsAllRun } from './tests-all-run.ts';
import { testsNeverSleep } from './tests-never-sleep.ts';
import { theProjectSpeaksOfItself } from './the-project-speaks-of-itself.ts';

export const houseRules: readonly HouseRule[] = [
  clockIdsAndChanceAreInjected,
  domainNounsHaveEntries,
  entryPointsNameTheirExports,
  environmentReadInConfig,
  factoriesAreNamedAlike,
  fileNamesSayResponsibility,
  filesStayShort,
  importsStayInsideThePackage,
  kitHasNoBusinessWord,
  lockfileAgreesWithPackages,
  lockfileHoldsNoAddresses,
  membersHideByName,
  nothingIsLeftUnfinished,
  nothingIsSuppressed,
  nothingPointsOutside,
  oneWordPerThing,
  ownUnionsHaveKinds,
  refusalsAreValues,
  servicesShareOneSkeleton,
  siblingsLookAlike,
  siblingsNameAlike,
  sqlFilesAreUsed,
  sqlFilesHoldOneHeadedStatement,
  sqlOnlyInSqlFiles,
  sqlReadsTimeThroughOneFunction,
  testsAllRun,
  testsNeverSleep,
  theProjectSpeaksOfItself,
];
