import { checkAccountPlace } from "./check-account-place.ts";
import { checkOperation } from "./check-operation.ts";
import type { DeclarationProblem } from "./declaration-problem.ts";
import { distinguishes } from "./distinguishes.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { parseTemplate } from "./path-template.ts";
import { routesOf } from "./route.ts";

/** Everything in a declaration that does not fit together; empty when an adapter can be made of it. */
export function checkDeclaration(settings: HttpSettings): readonly DeclarationProblem[] {
  const problems = [
    ...checkBase(settings),
    ...checkHeaders(settings),
    ...checkSelfCheck(settings),
    ...Object.keys(settings.lookups).flatMap((name) => checkLookup(settings, name)),
    ...Object.entries(settings.operations).flatMap(([key, declared]) =>
      checkOperation(settings, key, declared),
    ),
  ];
  // Only of operations that are right in themselves can be said which requests are theirs.
  return problems.length > 0 ? problems : checkDistinct(settings);
}

function checkBase({ origin, baseUrl, tenancy }: HttpSettings): DeclarationProblem[] {
  if (origin.includes("{account}") !== (tenancy === "subdomain"))
    return [{ path: ["origin"], message: 'holds {account} with tenancy "subdomain", and with no other' }];
  if (baseUrl === undefined || baseUrl === origin || baseUrl.startsWith("http://")) return [];
  return [{ path: ["baseUrl"], message: "must be a twin on a loopback host; the system itself is origin" }];
}

function checkHeaders(settings: HttpSettings): DeclarationProblem[] {
  const { secret, tenancy, idempotencyKey, decisionId, headers } = settings;
  const written = [
    secret.header,
    ...(typeof tenancy === "object" ? [tenancy.header] : []),
    ...(idempotencyKey === undefined ? [] : [idempotencyKey]),
    ...(decisionId === undefined ? [] : [decisionId]),
    ...Object.keys(headers),
  ];
  const twice = written.find((name, index) => written.indexOf(name) !== index);
  return twice === undefined ? [] : [{ path: ["headers"], message: `two things are written into ${twice}` }];
}

function checkSelfCheck({ check, tenancy }: HttpSettings): DeclarationProblem[] {
  const problems: DeclarationProblem[] = [];
  const segments = parseTemplate(check.path) ?? [];
  if (segments.some((segment) => "argument" in segment))
    problems.push({ path: ["check", "path"], message: "has no place but {account}" });
  problems.push(...checkAccountPlace(["check", "path"], segments, tenancy === "path"));
  if ((tenancy === "key" || tenancy === "shared") && check.account === undefined)
    problems.push({
      path: ["check", "account"],
      message: "must say where the answer names the account: nothing in the request does",
    });
  return problems;
}

function checkLookup(settings: HttpSettings, name: string): DeclarationProblem[] {
  const lookup = settings.lookups[name];
  const path = ["lookups", name] as const;
  if (lookup === undefined) return [];
  const problems: DeclarationProblem[] = [];
  const declared = Object.hasOwn(settings.operations, lookup.operation)
    ? settings.operations[lookup.operation]
    : undefined;
  if (declared === undefined)
    return [{ path: [...path, "operation"], message: `${lookup.operation} is not declared` }];
  if (declared.access !== "read" || declared.method !== "GET")
    problems.push({ path: [...path, "operation"], message: `${lookup.operation} is not a read by GET` });
  const { [name]: own, ...others } = declared.arguments;
  if (own === undefined || Object.values(others).some((argument) => argument.optional !== true))
    problems.push({
      path: [...path, "operation"],
      message: `${lookup.operation} must need the argument ${name}, and no other`,
    });
  // INVARIANT: where one key reaches several tenants, only the object itself can say whose it is.
  if (settings.tenancy !== "key" && lookup.owner === undefined)
    problems.push({
      path: [...path, "owner"],
      message: "must say where the answer names the owner: the key reaches more than one tenant",
    });
  return problems;
}

function checkDistinct(settings: HttpSettings): DeclarationProblem[] {
  const routes = routesOf(settings);
  return routes.flatMap((route, index) => {
    const earlier = routes.slice(0, index);
    const same = earlier.find((other) => other.entry.name === route.entry.name);
    if (same !== undefined)
      return [{ path: ["operations", route.key, "name"], message: `${same.key} has the same name` }];
    const twin = earlier.find((other) => !distinguishes(other, route));
    if (twin === undefined) return [];
    return [
      {
        path: ["operations", route.key, "path"],
        message: `a request could be this and ${twin.key}; let a pattern or a constant tell them apart`,
      },
    ];
  });
}
