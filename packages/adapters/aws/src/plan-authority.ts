import {
  type Action,
  type Authority,
  Refusal,
  type ValueMap,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { type AwsAccount, accountOf } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { awsCatalogue } from "./catalogue.ts";
import { itemKey } from "./item-key.ts";
import { sessionPolicy } from "./session-policy.ts";

/**
 * The authority for a completed action, with the session policy that says the same to AWS.
 *
 * @throws Refusal `unknown_target`; `request_malformed`, also for a bucket or table that nobody declared
 */
export function planAuthority(
  settings: AwsSettings,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = operationOf(action.operation);
  const { account: text } = action.resource;
  if (text === undefined)
    throw new Refusal("request_malformed", {
      detail: "aws: the account was not completed",
      failedFact: "resource",
    });
  const account = accountOf(settings, text);
  const values = parseArguments(entry, action.arguments);
  const { bucket, table } = values;
  if (bucket !== undefined && !settings.buckets.some((name) => name === bucket)) throw undeclared("bucket");
  if (table !== undefined && !Object.hasOwn(settings.tables, argumentText(values, "table")))
    throw undeclared("table");
  if (table !== undefined) refuseKeys(settings, account, values);
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { account: text },
    arguments: values,
    native: {
      policy: sessionPolicy(settings, account, { operation: entry.name, arguments: values }),
      role_arn: `arn:${settings.partition}:iam::${account.id}:role/${settings.role}`,
      life_seconds: settings.lifeSeconds,
    },
  };
}

/** INVARIANT: keys say whose an item is and which, and are no attributes. */
function refuseKeys(settings: AwsSettings, account: AwsAccount, values: ValueMap): void {
  const { partition, sort } = itemKey(settings, account, values);
  const { attributes } = values;
  const names = typeof attributes === "object" ? Object.keys(attributes) : [];
  if (names.includes(partition[0]) || (sort !== undefined && names.includes(sort[0])))
    throw new Refusal("request_malformed", {
      detail: "aws: an attribute is one of the table's keys",
      failedFact: "argument:attributes",
    });
}

/** The catalogue's entry. @throws Refusal `unknown_target` */
export function operationOf(name: string) {
  const entry = findOperation(awsCatalogue, name);
  if (entry === undefined)
    throw new Refusal("unknown_target", { detail: "aws: no such operation", failedFact: "action" });
  return entry;
}

const undeclared = (kind: "bucket" | "table"): Refusal =>
  new Refusal("request_malformed", {
    detail: `aws: the ${kind} is not declared in this system's options`,
    failedFact: `argument:${kind}`,
  });
