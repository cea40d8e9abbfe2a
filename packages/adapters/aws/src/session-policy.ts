import { Refusal, type ValueMap, canonicalJson } from "@watchword/core";
import type { AwsAccount } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";
import { argumentText } from "./argument-text.ts";
import { itemKey } from "./item-key.ts";
import { keyOf } from "./object-key.ts";

/** A statement of a session policy. All of ours allow, one action on one resource. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** AWS's own limit is 2,048 characters; the session before the last needs room for one statement more. */
const MAX_CHARACTERS = 1_900;

/**
 * The session policy of one action, from nothing but the action: the same action gives the same text. Everything that it does not
 * allow, the session cannot do, whatever the role may.
 *
 * @throws Refusal `request_malformed` for a value that a policy cannot hold as it is
 */
export function sessionPolicy(
  settings: AwsSettings,
  account: AwsAccount,
  { operation, arguments: values }: { readonly operation: string; readonly arguments: ValueMap },
): string {
  const text = policyText([statementOf(settings, account, operation, values)]);
  if (text.length > MAX_CHARACTERS) throw malformed("make a policy longer than AWS takes");
  return text;
}

/** A policy in canonical form. */
export const policyText = (statements: readonly Statement[]): string =>
  canonicalJson({ Version: "2012-10-17", Statement: statements.map((statement) => ({ ...statement })) });

/** The statements of a text that {@link policyText} made. */
export const statementsIn = (policy: string): readonly Statement[] =>
  (JSON.parse(policy) as { readonly Statement: readonly Statement[] }).Statement;

function statementOf(
  settings: AwsSettings,
  account: AwsAccount,
  operation: string,
  values: ValueMap,
): Statement {
  return operation.startsWith("s3.")
    ? objectStatement(settings, account, operation, values)
    : itemStatement(settings, account, operation, values);
}

function objectStatement(
  { partition }: AwsSettings,
  account: AwsAccount,
  operation: string,
  values: ValueMap,
): Statement {
  const bucket = `arn:${partition}:s3:::${literal(argumentText(values, "bucket"))}`;
  const object = (): string => `${bucket}/${literal(keyOf(account, argumentText(values, "key")))}`;
  // INVARIANT: names of buckets are the whole world's. Without this, one of the same name in a stranger's account would do.
  const inAccount = { "aws:ResourceAccount": account.id };
  switch (operation) {
    case "s3.objects.get":
      return allow("s3:GetObject", object(), { StringEquals: inAccount });
    case "s3.objects.put":
      return allow("s3:PutObject", object(), { StringEquals: inAccount });
    case "s3.objects.delete":
      return allow("s3:DeleteObject", object(), { StringEquals: inAccount });
    case "s3.objects.list":
      return allow("s3:ListBucket", bucket, {
        NumericEquals: { "s3:max-keys": argumentText(values, "limit") },
        StringEquals: { ...inAccount, "s3:prefix": literal(keyOf(account, argumentText(values, "prefix"))) },
      });
    default:
      throw unstated();
  }
}

function itemStatement(
  settings: AwsSettings,
  account: AwsAccount,
  operation: string,
  values: ValueMap,
): Statement {
  const { partition, sort } = itemKey(settings, account, values);
  const table = literal(argumentText(values, "table"));
  const arn = `arn:${settings.partition}:dynamodb:${settings.region}:${account.id}:table/${table}`;
  const leading = { "dynamodb:LeadingKeys": [literal(partition[1])] };
  // INVARIANT: a condition for all values holds where there is none, so that a request without keys needs a condition of its own.
  const keyed = { Null: { "dynamodb:LeadingKeys": "false" } };
  // A write that gives back what was there before is a read.
  const silent = { StringEqualsIfExists: { "dynamodb:ReturnValues": "NONE" } };
  switch (operation) {
    case "dynamodb.items.get":
      return allow("dynamodb:GetItem", arn, { "ForAllValues:StringEquals": leading, ...keyed });
    case "dynamodb.items.delete":
      return allow("dynamodb:DeleteItem", arn, { "ForAllValues:StringEquals": leading, ...keyed, ...silent });
    case "dynamodb.items.put": {
      const names = [
        partition[0],
        ...(sort === undefined ? [] : [sort[0]]),
        ...Object.keys(values["attributes"] ?? {}),
      ];
      return allow("dynamodb:PutItem", arn, {
        "ForAllValues:StringEquals": { ...leading, "dynamodb:Attributes": names.toSorted().map(literal) },
        ...keyed,
        ...silent,
      });
    }
    default:
      throw unstated();
  }
}

const unstated = (): Refusal => new Refusal("internal", { detail: "aws: an operation without a statement" });

function allow(action: string, resource: string, condition: NonNullable<Statement["Condition"]>): Statement {
  return { Effect: "Allow", Action: action, Resource: resource, Condition: condition };
}

/**
 * INVARIANT: a value stands for itself. IAM reads `*` and `?` in a resource as anything, and `${…}` in resources and conditions as a
 * variable; there is no way to write them that each of its readers agrees on, so they are refused.
 */
function literal(value: string): string {
  if (/[*?$"\\]/.test(value) || !/^[\x20-\x7e]*$/.test(value))
    throw malformed("hold what IAM would read as a pattern");
  return value;
}

const malformed = (what: string): Refusal =>
  new Refusal("request_malformed", { detail: `aws: the arguments ${what}`, failedFact: "action" });
