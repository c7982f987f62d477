/** Every request belongs to it until requests carry credentials. */
export const defaultTenant = '00000000-0000-0000-0000-000000000000';
