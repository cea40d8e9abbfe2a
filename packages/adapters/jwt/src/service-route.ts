import { type Operation, Refusal, operation } from "@watchword/core";
import { z } from "zod";
import { argumentsSchema } from "./argument-declaration.ts";
import type { ServiceOperation } from "./service-operation.ts";

/** A piece of a path: text as it is, or the place of an argument. */
export type Segment = { readonly text: string } | { readonly argument: string };

/** An operation with the one request that is it. */
export interface ServiceRoute {
  /** The name that code uses. */
  readonly key: string;
  readonly entry: Operation;
  readonly method: ServiceOperation["method"];
  readonly segments: readonly Segment[];
  readonly ids: Readonly<Record<string, string>>;
}

/** What the tenant is called in actions, policies and tokens of every service. */
const RESOURCE = Object.freeze({
  tenant: "The tenant as the service knows it: the account of the tenant's connection.",
});

/** The route of one declaration; `undefined` when its path is none. */
export function routeOf(key: string, declared: ServiceOperation): ServiceRoute | undefined {
  const segments = parsePath(declared.path);
  if (segments === undefined) return undefined;
  const schema =
    declared.arguments instanceof z.ZodObject ? declared.arguments : argumentsSchema(declared.arguments);
  return Object.freeze<ServiceRoute>({
    key,
    entry: operation({
      name: declared.name,
      access: declared.access,
      title: declared.title,
      resource: RESOURCE,
      arguments: schema,
      references: [],
      decided: [],
      example: declared.example,
    }),
    method: declared.method,
    segments,
    ids: declared.ids ?? { id: "id" },
  });
}

/** @throws Refusal `unknown_target` for an operation that is not declared */
export function findRoute(routes: readonly ServiceRoute[], name: string): ServiceRoute {
  const route = routes.find(({ entry }) => entry.name === name);
  if (route !== undefined) return route;
  throw new Refusal("unknown_target", {
    detail: `the service has no operation ${name}`,
    failedFact: "action",
  });
}

function parsePath(path: string): readonly Segment[] | undefined {
  if (!path.startsWith("/")) return undefined;
  const segments = path
    .slice(1)
    .split("/")
    .map((piece): Segment | undefined => {
      const [, argument] = /^\{([A-Za-z][A-Za-z0-9_]*)\}$/.exec(piece) ?? [];
      if (argument !== undefined) return { argument };
      return /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/.test(piece) ? { text: piece } : undefined;
    });
  return segments.includes(undefined) ? undefined : (segments as readonly Segment[]);
}
