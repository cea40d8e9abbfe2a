import { type Action, type Authority, Refusal, parseArguments } from "@watchword/core";
import { findAnyOperation } from "./find-operation.ts";
import { RESOURCE } from "./resource.ts";
import { AccountName, ObjectName, type SnowflakeSettings } from "./snowflake-options.ts";
import { TOKEN_SECONDS } from "./token-seconds.ts";

/**
 * The authority for a completed action: that statement with those bind variables, in that place, by a token that names one role of one
 * account.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` for a handle that this run did not get
 */
export function planAuthority(
  settings: SnowflakeSettings,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const { entry } = findAnyOperation(settings, action.operation);
  for (const field of Object.keys(RESOURCE)) {
    const value = action.resource[field];
    if (!(field === "account" ? AccountName : ObjectName).safeParse(value).success)
      throw new Refusal("request_malformed", {
        detail: `the ${field} was not completed, or is no name`,
        failedFact: "resource",
      });
  }
  const values = parseArguments(entry, action.arguments);
  for (const name of entry.decided)
    if (values[name] === undefined)
      throw new Refusal("condition_failed", {
        detail: `${name} was not decided: no request of this run got that handle`,
        failedFact: "argument:statement",
      });
  const { account = "", role = "" } = action.resource;
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: action.resource,
    arguments: values,
    native: {
      audience: audienceOf(account),
      scopes: [scopeOf(role)],
      life_seconds: TOKEN_SECONDS,
    },
  };
}

/** Whom a token for an account is for. Each account takes its own alone. */
export const audienceOf = (account: string): string => `https://${account}.snowflakecomputing.com`;

/** The scope that lets a session have one role. */
export const scopeOf = (role: string): string => `session:role:${role}`;
