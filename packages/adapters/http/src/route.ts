import { type Catalogue, type Operation, Refusal, operation } from "@watchword/core";
import { z } from "zod";
import type { ArgumentDeclaration } from "./argument-declaration.ts";
import { type CurrencySource, argumentSchema } from "./argument-schema.ts";
import type { HttpSettings, OperationDeclaration } from "./http-declaration.ts";
import { type Segment, parseTemplate } from "./path-template.ts";
import { type Placement, placementsOf } from "./placement.ts";

/** One operation's place in the API, read from its declaration. */
export interface Route {
  /** The name that code uses. */
  readonly key: string;
  readonly entry: Operation;
  readonly method: OperationDeclaration["method"];
  readonly segments: readonly Segment[];
  readonly query: readonly Placement[];
  /** Places of a JSON body; `undefined`: there is none. */
  readonly body: readonly Placement[] | undefined;
  /** Places of a form body; `undefined`: there is none. */
  readonly form: readonly Placement[] | undefined;
  readonly arguments: Readonly<Record<string, ArgumentDeclaration>>;
  readonly ids: OperationDeclaration["ids"];
  /** Whether its answers are passed on as they come. */
  readonly streams: boolean;
}

/** The routes of a declaration, in its order. */
export function routesOf(settings: HttpSettings): readonly Route[] {
  return Object.entries(settings.operations).map(([key, declared]) => routeOf(settings, key, declared));
}

/** @throws Refusal `unknown_target` */
export function findRoute(routes: readonly Route[], name: string): Route {
  const route = routes.find((candidate) => candidate.entry.name === name);
  if (route !== undefined) return route;
  throw new Refusal("unknown_target", {
    detail: `http: no operation ${name} is declared`,
    failedFact: "action",
  });
}

/** The catalogue that routes stand for, of the adapter that a policy names for it. */
export function catalogueOf(routes: readonly Route[], adapter: string): Catalogue {
  return Object.freeze({
    adapter,
    operations: Object.freeze(Object.fromEntries(routes.map(({ key, entry }) => [key, entry]))),
  });
}

/** Where the currency of an argument comes from, if it is an amount. */
export function currencySource(declared: OperationDeclaration, name: string): CurrencySource {
  const places = [declared.query, declared.body ?? {}, declared.form ?? {}].flatMap(Object.values);
  if (places.includes(`${name}.currency`)) return "request";
  const argument = declared.arguments[name];
  return argument?.type === "money" && argument.currency !== undefined ? "fact" : "only";
}

function routeOf(settings: HttpSettings, key: string, declared: OperationDeclaration): Route {
  const segments = parseTemplate(declared.path) ?? [];
  const inPath = new Set(segments.flatMap((segment) => ("argument" in segment ? [segment.argument] : [])));
  const schema = z.strictObject(
    Object.fromEntries(
      Object.entries(declared.arguments).map(([name, argument]) => [
        name,
        argumentSchema(argument, { currency: currencySource(declared, name), inPath: inPath.has(name) }),
      ]),
    ),
  );
  return {
    key,
    method: declared.method,
    segments,
    query: placementsOf(declared.query),
    body: declared.body === undefined ? undefined : placementsOf(declared.body),
    form: declared.form === undefined ? undefined : placementsOf(declared.form),
    arguments: declared.arguments,
    ids: declared.ids,
    streams: declared.stream === true,
    entry: operation({
      name: declared.name,
      access: declared.access,
      title: declared.title,
      resource: { account: "The tenant's account at the system, as its connection names it." },
      arguments: schema,
      references: Object.keys(declared.arguments).filter((name) => Object.hasOwn(settings.lookups, name)),
      decided: [],
      example: declared.example,
    }),
  };
}
