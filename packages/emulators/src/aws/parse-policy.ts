import { AwsProblem } from "./aws-problem.ts";

/** A statement in one form: lists everywhere. */
export interface PolicyStatement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Operator, key, values. */
  readonly conditions: readonly (readonly [string, string, readonly string[]])[];
}

const MEMBERS: ReadonlySet<string> = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);
const OPERATORS: ReadonlySet<string> = new Set([
  "StringEquals",
  "StringEqualsIfExists",
  "StringNotEquals",
  "StringLike",
  "NumericEquals",
  "NumericLessThanEquals",
  "Null",
  "ForAllValues:StringEquals",
]);

/** Reads a policy document. @throws AwsProblem `MalformedPolicyDocument` for whatever this twin's IAM does not know */
export function parsePolicy(document: unknown): readonly PolicyStatement[] {
  if (!isMembers(document) || document["Version"] !== "2012-10-17") throw malformed();
  if (Object.keys(document).some((name) => name !== "Version" && name !== "Statement")) throw malformed();
  const statements = listOf(document["Statement"]);
  if (statements.length === 0) throw malformed();
  return statements.map(readStatement);
}

/** As {@link parsePolicy}, from text. */
export function parsePolicyText(text: string): readonly PolicyStatement[] {
  try {
    return parsePolicy(JSON.parse(text));
  } catch (error) {
    throw error instanceof AwsProblem ? error : malformed();
  }
}

function readStatement(statement: unknown): PolicyStatement {
  if (!isMembers(statement) || Object.keys(statement).some((name) => !MEMBERS.has(name))) throw malformed();
  const { Effect: effect, Condition: conditions = {} } = statement;
  if ((effect !== "Allow" && effect !== "Deny") || !isMembers(conditions)) throw malformed();
  return {
    effect,
    actions: textsOf(statement["Action"]),
    resources: textsOf(statement["Resource"]),
    conditions: Object.entries(conditions).flatMap(([operator, keys]) => {
      if (!OPERATORS.has(operator) || !isMembers(keys)) throw malformed();
      return Object.entries(keys).map(([key, values]) => [operator, key, textsOf(values)] as const);
    }),
  };
}

function textsOf(value: unknown): readonly string[] {
  const values = listOf(value);
  if (values.length === 0 || !values.every((each) => typeof each === "string")) throw malformed();
  return values;
}

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value];

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const malformed = (): AwsProblem =>
  new AwsProblem(400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.");
