import { z } from "zod";
import type { ArgumentDeclaration } from "./argument-declaration.ts";
import { checkAccountPlace } from "./check-account-place.ts";
import { checkAmount } from "./check-amount.ts";
import type { DeclarationProblem } from "./declaration-problem.ts";
import type { HttpSettings, OperationDeclaration } from "./http-declaration.ts";
import { pointerPath } from "./json-pointer.ts";
import { type Segment, parseTemplate } from "./path-template.ts";
import { type Placement, placementsOf } from "./placement.ts";
import { routesOf } from "./route.ts";

const WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];
const SCALARS: readonly string[] = ["string", "integer", "boolean"];

/** Everything in one operation that does not fit together. */
export function checkOperation(
  settings: HttpSettings,
  key: string,
  declared: OperationDeclaration,
): readonly DeclarationProblem[] {
  const at = ["operations", key] as const;
  const segments = parseTemplate(declared.path) ?? [];
  const problems = [
    ...checkMethod(declared),
    ...checkAccountPlace(["path"], segments, settings.tenancy === "path"),
    ...checkPath(declared, segments),
    ...checkPlaces(declared, segments),
    ...checkBody(declared),
    ...checkIds(declared),
    ...checkStream(declared),
    ...checkTenant(settings, declared),
    ...Object.entries(declared.arguments).flatMap(([name, argument]) =>
      argument.type === "money" ? checkAmount(settings, declared, name, argument) : [],
    ),
  ];
  return [...problems, ...(problems.length > 0 ? [] : checkExample(settings, key))].map(
    ({ path, message }) => ({
      path: [...at, ...path],
      message,
    }),
  );
}

function checkMethod({ method, access, body, form }: OperationDeclaration): DeclarationProblem[] {
  if (access === "write" && method === "GET")
    return [
      { path: ["method"], message: "a GET that changes something may be repeated by anybody on its way" },
    ];
  if (access === "read" && method !== "GET" && method !== "POST")
    return [{ path: ["access"], message: `${method} is a write` }];
  if (body !== undefined && form !== undefined)
    return [{ path: ["form"], message: "stands beside body; a request has one of them" }];
  return (body ?? form) !== undefined && !WITH_BODY.includes(method)
    ? [{ path: ["body"], message: `${method} has no body` }]
    : [];
}

function checkPath(declared: OperationDeclaration, segments: readonly Segment[]): DeclarationProblem[] {
  return segments.flatMap((segment) => {
    if (!("argument" in segment)) return [];
    const argument = argumentOf(declared, segment.argument);
    if (argument !== undefined && !argument.optional && ["string", "integer"].includes(argument.type))
      return [];
    return [
      {
        path: ["path"],
        message: `{${segment.argument}} must be an argument that is a string or an integer and not optional`,
      },
    ];
  });
}

/** Every argument has one place, and every place something that can stand there. */
function checkPlaces(declared: OperationDeclaration, segments: readonly Segment[]): DeclarationProblem[] {
  const members = { query: declared.query, form: declared.form ?? {}, body: declared.body ?? {} };
  const placements = Object.entries(members).flatMap(([member, placed]) =>
    placementsOf(placed).map((placement) => ({ member, placement })),
  );
  const problems: DeclarationProblem[] = [];
  const places = segments.flatMap((segment) => ("argument" in segment ? [segment.argument] : []));
  for (const { member, placement } of placements) {
    if ("constant" in placement) continue;
    const { argument, part } = placement;
    places.push(part === "whole" ? argument : `${argument}.${part}`);
    const problem = checkPlacement(argumentOf(declared, argument), placement, member);
    if (problem !== undefined) problems.push({ path: [member, placement.at], message: problem });
  }
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice !== undefined) problems.push({ path: ["arguments"], message: `${twice} has two places` });
  for (const [name, argument] of Object.entries(declared.arguments)) {
    if (argument.description === undefined)
      problems.push({ path: ["arguments", name], message: "needs a description" });
    if (!places.includes(argument.type === "money" ? `${name}.minor` : name))
      problems.push({ path: ["arguments", name], message: "has no place in path, query, body or form" });
  }
  return problems;
}

function checkPlacement(
  argument: ArgumentDeclaration | undefined,
  { argument: name, part }: Extract<Placement, { readonly argument: string }>,
  member: string,
): string | undefined {
  if (argument === undefined) return `${name} is not an argument`;
  if ((argument.type === "money") !== (part !== "whole"))
    return argument.type === "money"
      ? `${name} is an amount: say ${name}.minor or ${name}.currency`
      : `${name} is not an amount`;
  if (member !== "body" && argument.type !== "money" && !SCALARS.includes(argument.type))
    return `${name} is not a single value, and stands in a JSON body only`;
  return undefined;
}

function checkBody({ body, form }: OperationDeclaration): DeclarationProblem[] {
  const pointers = Object.keys(body ?? {});
  const [empty] = [body, form].filter((places) => places !== undefined && Object.keys(places).length === 0);
  if (empty !== undefined)
    return [
      {
        path: [empty === body ? "body" : "form"],
        message: "holds nothing; leave it out where there is none",
      },
    ];
  return pointers
    .filter((pointer) => pointers.some((other) => other.startsWith(`${pointer}/`)))
    .map((pointer) => ({
      path: ["body", pointer],
      message: `stands above another place (${pointerPath(pointer).join(".")})`,
    }));
}

function checkIds({ access, ids, arguments: declared }: OperationDeclaration): DeclarationProblem[] {
  if (access === "write" && Object.keys(ids).length === 0)
    return [{ path: ["ids"], message: "must name what a write touched" }];
  return Object.entries(ids).flatMap(([name, source]) => {
    if (typeof source === "string") return [];
    const argument = Object.hasOwn(declared, source.argument) ? declared[source.argument] : undefined;
    if (argument !== undefined && !argument.optional && ["string", "integer"].includes(argument.type))
      return [];
    return [{ path: ["ids", name], message: `${source.argument} is not an argument that is always there` }];
  });
}

/** INVARIANT: what a write did is read from its answer, so that is there whole before anybody has it. */
function checkStream({ access, ids, stream }: OperationDeclaration): DeclarationProblem[] {
  if (stream === undefined) return [];
  if (access === "write") return [{ path: ["stream"], message: "what a write did is read from its answer" }];
  return Object.entries(ids)
    .filter(([, source]) => typeof source === "string")
    .map(([name]) => ({ path: ["ids", name], message: "cannot be read from an answer that is passed on" }));
}

/** INVARIANT: in a shared account an operation without an object of the tenant's would be everybody's. */
function checkTenant(settings: HttpSettings, declared: OperationDeclaration): DeclarationProblem[] {
  const problems: DeclarationProblem[] = [];
  const looked = Object.entries(declared.arguments).filter(([name]) => Object.hasOwn(settings.lookups, name));
  for (const [name, argument] of looked) {
    if (argument.type !== "string" && argument.type !== "integer")
      problems.push({
        path: ["arguments", name],
        message: "is looked up, and must be a string or an integer",
      });
  }
  if (settings.tenancy === "shared" && !looked.some(([, argument]) => argument.optional !== true))
    problems.push({
      path: ["arguments"],
      message: "must name an object that is looked up: in a shared account nothing else keeps tenants apart",
    });
  return problems;
}

function checkExample(settings: HttpSettings, key: string): DeclarationProblem[] {
  const route = routesOf(settings).find((candidate) => candidate.key === key);
  const parsed = route?.entry.arguments.safeParse(route.entry.example);
  if (parsed === undefined || parsed.success) return [];
  return [{ path: ["example"], message: `does not fit the arguments: ${z.prettifyError(parsed.error)}` }];
}

function argumentOf(declared: OperationDeclaration, name: string): ArgumentDeclaration | undefined {
  return Object.hasOwn(declared.arguments, name) ? declared.arguments[name] : undefined;
}
