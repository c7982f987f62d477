import { http } from '@taskflow/contracts-task-management';
import { z } from 'zod';

/** The path parameter that names a workflow. */
export const idParameter = z.object({ id: http.scalars.id });
