/** The orders of a service, by tenant: both tenants have one of the same id. */
export const orders = {
  find: (tenant: string, id: string): object => ({ id, total: tenant === "acme" ? 4_200 : 9_900 }),
};
