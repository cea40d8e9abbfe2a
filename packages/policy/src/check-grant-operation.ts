import type { OperationDescription } from "@watchword/core";
import type { OperationFacts } from "./operation-facts.ts";
import type { CompiledGrant, Policy } from "./policy.ts";
import type { PolicyProblem } from "./policy-problem.ts";

/** Checks one grant against what is known of its system: its operation, resource fields, argument names and kinds. */
export function checkGrantOperation(
  policy: Policy,
  grant: CompiledGrant,
  known: OperationFacts,
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const add = (path: readonly PropertyKey[], message: string): void =>
    void problems.push({ ...policy.locate(grant.id, path), message });
  const operation = known.find(grant.operation);
  if (operation === undefined) {
    if (known.complete)
      add(
        ["operation"],
        `${grant.operation} is not an operation of ${known.adapter ?? grant.system} (known: ${known.names.join(", ")})`,
      );
    return problems;
  }
  for (const field of grant.resource.keys()) {
    if (!Object.hasOwn(operation.resource, field))
      add(
        ["resource", field],
        `${grant.operation} has no resource field ${field} (it has: ${Object.keys(operation.resource).join(", ")})`,
      );
  }
  for (const field of Object.keys(operation.resource)) {
    if (!grant.resource.has(field))
      add(
        ["resource"],
        `resource.${field} must be named: without it the grant would hold for every ${field}`,
      );
  }
  if (grant.leaseFor === "run" && operation.access !== "read")
    add(
      ["lease", "run"],
      `${grant.operation} writes; only reads share a credential: say lease: { action: … }`,
    );
  for (const { path, argument, kind } of uses(grant))
    checkUse(operation, argument, kind, (message) => add(path, message));
  return problems;
}

type Kind = "money" | "number" | "string" | "reference" | "any";

/** As an error names them, with the way to write one. */
const KINDS = {
  money: 'an amount of money ("50.00 USD")',
  number: "a number",
  string: "a string",
  reference: "a reference",
  any: "anything",
} as const satisfies Record<Kind, string>;

/** Every place where a grant speaks of an argument, with the kind it takes it for. */
function* uses(
  grant: CompiledGrant,
): Generator<{ path: readonly PropertyKey[]; argument: string; kind: Kind }> {
  for (const [argument, rule] of grant.rules) {
    const path = ["where", `args.${argument}`];
    if (rule.ownedBy !== undefined) yield { path, argument, kind: "reference" };
    if (rule.maxMoney !== undefined) yield { path, argument, kind: "money" };
    if (rule.maxNumber !== undefined || rule.min !== undefined) yield { path, argument, kind: "number" };
    if (rule.in !== undefined || rule.prefix !== undefined) yield { path, argument, kind: "string" };
    if (rule.equals !== undefined) yield { path, argument, kind: "any" };
  }
  for (const argument of grant.approval?.over?.keys() ?? [])
    yield { path: ["approval", "when", `args.${argument}`], argument, kind: "money" };
  if (grant.budget !== undefined)
    yield { path: ["budget", "sum"], argument: grant.budget.argument, kind: "money" };
  for (const argument of grant.once?.by ?? []) yield { path: ["once", "by"], argument, kind: "any" };
}

function checkUse(
  operation: OperationDescription,
  argument: string,
  kind: Kind,
  add: (message: string) => void,
): void {
  const properties = asRecord(operation.arguments["properties"]);
  const names = Object.keys(properties);
  if (!names.includes(argument))
    return add(`${operation.name} has no argument ${argument} (it has: ${names.join(", ")})`);
  if (kind === "reference") {
    if (!operation.references.includes(argument))
      add(
        `the owner of args.${argument} cannot be looked up (it can for: ${operation.references.join(", ") || "none"})`,
      );
    return;
  }
  const held = kindOf(asRecord(properties[argument]));
  if (kind !== "any" && held !== kind)
    add(
      `args.${argument} is ${held === "any" ? "not comparable" : KINDS[held]}, and the rule is for ${KINDS[kind]}`,
    );
}

/** What an argument is, by its JSON Schema. */
function kindOf(schema: Readonly<Record<string, unknown>>): Kind {
  if (schema["type"] === "object" && Object.hasOwn(asRecord(schema["properties"]), "minor")) return "money";
  if (schema["type"] === "integer" || schema["type"] === "number") return "number";
  return schema["type"] === "string" || Array.isArray(schema["enum"]) ? "string" : "any";
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
