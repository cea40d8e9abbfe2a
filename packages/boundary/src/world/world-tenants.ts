import type { Policy } from "@watchword/policy";

/** The two tenants of a world. */
export interface WorldTenants {
  readonly own: string;
  readonly other: string;
}

/** The names of the two tenants: those of the systems, unless the policy pins a workload to one of its own. */
export function worldTenants(
  policy: Policy,
  systems: readonly {
    readonly own: { readonly tenant: string };
    readonly other: { readonly tenant: string };
  }[],
): WorldTenants {
  const fixed = Object.values(policy.document.workloads).flatMap(({ tenant }) =>
    "fixed" in tenant ? [tenant.fixed] : [],
  );
  const own = fixed[0] ?? systems[0]?.own.tenant ?? "acme";
  const other = systems[0]?.other.tenant ?? "globex";
  return { own, other: other === own ? `${other}-other` : other };
}
