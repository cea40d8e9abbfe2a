import { RESOURCES, type Resource } from "./resources.ts";
import { StripeProblem } from "./stripe-problem.ts";
import type { KeySeed, Permission } from "./twin-options.ts";

const LEVELS: readonly Permission[] = ["none", "read", "write"];

/** The key of a request. @throws StripeProblem 401, with the key masked as Stripe masks it. */
export function authenticateKey(keys: readonly KeySeed[], authorization: string | undefined): KeySeed {
  const secret = readSecret(authorization);
  if (secret === undefined || secret === "") {
    throw new StripeProblem(401, {
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  const key = keys.find((candidate) => candidate.secret === secret);
  if (key === undefined)
    throw new StripeProblem(401, { message: `Invalid API Key provided: ${maskKey(secret)}` });
  return key;
}

/** The account that a request works on. @throws StripeProblem 403 `account_invalid` when the key has no access. */
export function accountOf(key: KeySeed, accounts: readonly string[], header: string | undefined): string {
  const reachable = key.accounts ?? accounts;
  const account = header ?? reachable[0];
  if (account !== undefined && reachable.includes(account) && accounts.includes(account)) return account;
  throw new StripeProblem(403, {
    code: "account_invalid",
    message: `The provided key '${maskKey(key.secret)}' does not have access to account '${account ?? ""}' (or that account does not exist). Application access may have been revoked.`,
  });
}

/** @throws StripeProblem 403 that names the missing permission. */
export function requirePermission(
  key: KeySeed,
  resource: Resource | "balance",
  wanted: "read" | "write",
  account: string,
): void {
  const held = key.permissions[resource] ?? "none";
  if (LEVELS.indexOf(held) >= LEVELS.indexOf(wanted)) return;
  const kind = resource === "balance" ? resource : RESOURCES[resource].kind;
  throw new StripeProblem(403, {
    code: "more_permissions_required",
    message: `The provided key '${maskKey(key.secret)}' does not have the required permissions for this endpoint on account '${account}'. Having the 'rak_${kind}_${wanted}' permission would allow this request to continue.`,
  });
}

/** `rk_test_****************1234`: mode and last four characters stay readable. */
function maskKey(secret: string): string {
  const prefix = /^(?:sk|rk|pk)_(?:test|live)_/.exec(secret)?.[0] ?? "";
  const rest = secret.slice(prefix.length);
  return prefix + "*".repeat(Math.max(0, rest.length - 4)) + (rest.length > 4 ? rest.slice(-4) : "");
}

/** Bearer, or the user name of Basic: Stripe takes both. */
function readSecret(authorization = ""): string | undefined {
  const [scheme = "", value = ""] = authorization.split(" ");
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() === "basic") return Buffer.from(value, "base64").toString().split(":")[0];
  return undefined;
}
