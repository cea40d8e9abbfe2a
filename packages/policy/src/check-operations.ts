import { type Catalogue, type Operation, findOperation } from "@watchword/core";
import { z } from "zod";
import type { CompiledGrant, Policy } from "./policy.ts";
import type { PolicyProblem } from "./policy-problem.ts";

/**
 * Checks every grant against the catalogues of the systems that are really there: operations, resource fields, argument
 * names and kinds. A rule that could never match, or never be checked, is an error before anything runs.
 */
export function checkOperations(
  policy: Policy,
  catalogues: Readonly<Record<string, Catalogue>>,
): PolicyProblem[] {
  return [
    ...checkSystems(policy, catalogues),
    ...policy.grants.flatMap((grant) => checkGrant(policy, grant, catalogues)),
  ];
}

function checkSystems(policy: Policy, catalogues: Readonly<Record<string, Catalogue>>): PolicyProblem[] {
  return Object.entries(policy.document.systems).flatMap(([name, { adapter }]) => {
    const catalogue = Object.hasOwn(catalogues, name) ? catalogues[name] : undefined;
    const [user] = policy.grants.filter((grant) => grant.system === name);
    const at =
      user === undefined ? { file: "policy", line: 1, column: 1 } : policy.locate(user.id, ["operation"]);
    if (catalogue === undefined)
      return [
        {
          ...at,
          message: `system ${name} is not configured (configured: ${Object.keys(catalogues).join(", ") || "none"})`,
        },
      ];
    if (catalogue.adapter !== adapter)
      return [
        { ...at, message: `system ${name} is declared as ${adapter} and configured as ${catalogue.adapter}` },
      ];
    return [];
  });
}

function checkGrant(
  policy: Policy,
  grant: CompiledGrant,
  catalogues: Readonly<Record<string, Catalogue>>,
): PolicyProblem[] {
  const catalogue = Object.hasOwn(catalogues, grant.system) ? catalogues[grant.system] : undefined;
  if (catalogue === undefined) return [];
  const problems: PolicyProblem[] = [];
  const add = (path: readonly PropertyKey[], message: string): void =>
    void problems.push({ ...policy.locate(grant.id, path), message });
  const operation = findOperation(catalogue, grant.operation);
  if (operation === undefined) {
    const known = Object.values(catalogue.operations).map((entry) => entry.name);
    add(
      ["operation"],
      `${grant.operation} is not an operation of ${catalogue.adapter} (known: ${known.join(", ")})`,
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

function checkUse(operation: Operation, argument: string, kind: Kind, add: (message: string) => void): void {
  const names = Object.keys(operation.arguments.shape);
  if (!names.includes(argument))
    return add(`${operation.name} has no argument ${argument} (it has: ${names.join(", ")})`);
  if (kind === "reference") {
    if (!operation.references.includes(argument))
      add(
        `the owner of args.${argument} cannot be looked up (it can for: ${operation.references.join(", ") || "none"})`,
      );
    return;
  }
  const held = kindOf(operation, argument);
  if (kind !== "any" && held !== kind)
    add(
      `args.${argument} is ${held === "any" ? "not comparable" : KINDS[held]}, and the rule is for ${KINDS[kind]}`,
    );
}

/** What an argument is, by its JSON Schema. */
function kindOf(operation: Operation, argument: string): Kind {
  const schema = z.toJSONSchema(operation.arguments, { io: "input", unrepresentable: "any" });
  const property = schema.properties?.[argument];
  if (typeof property !== "object") return "any";
  if (
    property.type === "object" &&
    typeof property.properties === "object" &&
    Object.hasOwn(property.properties, "minor")
  )
    return "money";
  if (property.type === "integer" || property.type === "number") return "number";
  return property.type === "string" || Array.isArray(property.enum) ? "string" : "any";
}
