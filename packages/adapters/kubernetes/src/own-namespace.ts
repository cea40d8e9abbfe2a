import { type Action, Refusal } from "@watchword/core";
import { Label } from "./names.ts";

/**
 * The namespace of an action, which is the tenant's account: exactly that, or left out.
 *
 * @throws Refusal `tenant_mismatch` for another; `configuration_invalid` for an account that is no namespace
 */
export function ownNamespace(resource: Action["resource"], account: string): string {
  const { namespace } = resource;
  // INVARIANT: the tenant is the namespace. Nothing is planned or minted in somebody else's.
  if (namespace !== undefined && namespace !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the namespace is not the tenant's account",
      failedFact: "tenant",
    });
  if (Label.safeParse(account).success) return account;
  throw new Refusal("configuration_invalid", {
    detail: "kubernetes: a connection's account is a namespace; next: correct the connection",
    failedFact: "credential",
  });
}
