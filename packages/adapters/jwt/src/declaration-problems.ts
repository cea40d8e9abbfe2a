import { z } from "zod";
import type { ServiceOperation } from "./service-operation.ts";
import { type Segment, type ServiceRoute, routeOf } from "./service-route.ts";

/** What is wrong with a declaration, and where. */
export interface DeclarationProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Everything in the operations of a service that does not fit together; empty when all does. */
export function declarationProblems(
  operations: Readonly<Record<string, ServiceOperation>>,
): readonly DeclarationProblem[] {
  const routes: ServiceRoute[] = [];
  const problems: DeclarationProblem[] = [];
  for (const [key, declared] of Object.entries(operations)) {
    const at = (member: string, message: string): void =>
      void problems.push({ path: [key, member], message });
    if (declared.access === "write" && declared.method === "GET")
      at("method", "a GET that changes something may be repeated by anybody on its way");
    if (declared.access === "read" && !["GET", "POST"].includes(declared.method))
      at("access", `${declared.method} is a write`);
    const route = routeOf(key, declared);
    if (route === undefined) {
      at("path", "must be like /orders/{order}");
      continue;
    }
    for (const message of argumentProblems(route)) at("arguments", message);
    for (const other of routes) {
      if (other.entry.name === route.entry.name) at("name", `${other.key} has the same name`);
      if (overlaps(other, route)) at("path", `a request could be this and ${other.key}`);
    }
    routes.push(route);
  }
  return problems;
}

function argumentProblems({ entry, method, segments }: ServiceRoute): string[] {
  const { shape } = entry.arguments;
  const places = segments.flatMap((segment) => ("argument" in segment ? [segment.argument] : []));
  const problems = places
    .filter((name, index) => places.indexOf(name) !== index)
    .map((name) => `${name} stands in the path twice`);
  for (const name of places)
    if (!Object.hasOwn(shape, name) || accepts(shape[name], undefined))
      problems.push(`{${name}} must be an argument that is always there`);
  for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
    if (schema.description === undefined) problems.push(`${name} needs a description`);
    const inBody = !places.includes(name) && ["POST", "PUT", "PATCH"].includes(method);
    if (!inBody && (accepts(schema, []) || accepts(schema, { minor: 1, currency: "USD" })))
      problems.push(`${name} is not a single value, and stands in a body only`);
  }
  // INVARIANT: an argument that nobody declared is no argument of the action, so it must not pass unseen.
  if (entry.arguments.safeParse({ ...entry.example, "\u0000": "x" }).success)
    problems.push("must be a strict object");
  const example = entry.arguments.safeParse(entry.example);
  if (!example.success) problems.push(`the example does not fit: ${z.prettifyError(example.error)}`);
  return problems;
}

/** Whether one request could be both: the adapter must never have to choose. */
function overlaps(one: ServiceRoute, other: ServiceRoute): boolean {
  if (one.method !== other.method || one.segments.length !== other.segments.length) return false;
  return one.segments.every((segment, index) => {
    const against = other.segments[index] ?? segment;
    return meets(one, segment, against) && meets(other, against, segment);
  });
}

function meets({ entry }: ServiceRoute, segment: Segment, against: Segment): boolean {
  if ("text" in segment) return !("text" in against) || segment.text === against.text;
  return "argument" in against || accepts(entry.arguments.shape[segment.argument], against.text);
}

function accepts(schema: unknown, value: unknown): boolean {
  return schema instanceof z.ZodType && schema.safeParse(value).success;
}
