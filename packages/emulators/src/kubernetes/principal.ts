/** Somebody whom the API server has recognized. */
export interface Principal {
  readonly username: string;
  readonly groups: readonly string[];
}

export const ANONYMOUS: Principal = Object.freeze({
  username: "system:anonymous",
  groups: ["system:unauthenticated"],
});

/** How a service account is called. */
export const accountName = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

/** A service account with the groups that it is in. */
export function accountPrincipal(namespace: string, name: string): Principal {
  return {
    username: accountName(namespace, name),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}
