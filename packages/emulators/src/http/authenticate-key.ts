import { ApiProblem } from "./api-problem.ts";
import type { KeySeed, OrdersPermission } from "./twin-options.ts";

const LEVELS: readonly OrdersPermission[] = ["none", "read", "write"];

/** What a request brings to be let in with: Bearer, Basic or `X-Api-Key`. */
export interface PresentedKey {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
}

/** @throws ApiProblem 401, which does not repeat what was presented */
export function authenticateKey(keys: readonly KeySeed[], presented: PresentedKey): KeySeed {
  const secret = presented.apiKey ?? secretOf(presented.authorization);
  const key = secret === undefined ? undefined : keys.find((candidate) => candidate.secret === secret);
  if (key === undefined) throw new ApiProblem(401, "unauthenticated", "a valid key is required");
  return key;
}

/** @throws ApiProblem 403 when the key does not reach the account, or there is none of this name */
export function accountOf(key: KeySeed, accounts: readonly string[], named: string | undefined): string {
  const reachable = key.accounts ?? accounts;
  const account = named ?? reachable[0];
  if (account !== undefined && reachable.includes(account) && accounts.includes(account)) return account;
  throw new ApiProblem(403, "account_forbidden", "the key does not reach this account");
}

/** @throws ApiProblem 403 */
export function requirePermission(key: KeySeed, wanted: "read" | "write"): void {
  if (LEVELS.indexOf(key.orders) >= LEVELS.indexOf(wanted)) return;
  throw new ApiProblem(403, "permission_missing", `the key may not ${wanted} orders`);
}

function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|Basic) (\S+)$/i.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return Buffer.from(value, "base64").toString("utf8");
  return scheme === "" ? undefined : value;
}
