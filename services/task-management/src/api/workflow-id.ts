import { z } from 'zod';

/** The path parameter that names a workflow. */
export const idParameter = z.object({ id: z.uuid().transform((id) => id.toLowerCase()) });
