import {
  type Action,
  type AdapterContext,
  type Facts,
  type Owner,
  Refusal,
  type Value,
  type ValueMap,
  parseArguments,
} from "@watchword/core";
import type { HttpSettings, LookupDeclaration } from "./http-declaration.ts";
import { readPointer } from "./json-pointer.ts";
import { readObject } from "./read-object.ts";
import { type Route, findRoute } from "./route.ts";
import { writePath, writeQuery } from "./write-request.ts";

const RESOLVE_MILLISECONDS = 1_000;
const MAX_FACT_CHARACTERS = 256;

/**
 * Looks up who owns the objects that an action names, and the declared facts about them. Of an object that is not the
 * tenant's nothing but that fact is given out.
 *
 * @throws Refusal `downstream_unavailable`, `downstream_refused`
 */
export async function resolveFacts(
  settings: HttpSettings,
  routes: readonly Route[],
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const { entry } = findRoute(routes, action.operation);
  // Ids become part of a path below: parsed here again, whoever parsed them before.
  const values = parseArguments(entry, action.arguments);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(RESOLVE_MILLISECONDS)]);
  const named = entry.references.filter((name) => values[name] !== undefined);
  const found = await Promise.all(
    named.map(
      async (name) =>
        [name, await lookUp({ settings, routes, context, signal }, name, values[name])] as const,
    ),
  );
  return {
    owners: Object.fromEntries(found.map(([name, { owner }]) => [name, owner])),
    values: Object.fromEntries(found.flatMap(([name, { facts }]) => (isEmpty(facts) ? [] : [[name, facts]]))),
  };
}

interface LookupWork {
  readonly settings: HttpSettings;
  readonly routes: readonly Route[];
  readonly context: AdapterContext;
  readonly signal: AbortSignal;
}

interface LookedUp {
  readonly owner: Owner;
  readonly facts: ValueMap;
}

async function lookUp(
  { settings, routes, context, signal }: LookupWork,
  name: string,
  value: Value | undefined,
): Promise<LookedUp> {
  const lookup = Object.hasOwn(settings.lookups, name) ? settings.lookups[name] : undefined;
  const route = routes.find(({ key }) => key === lookup?.operation);
  if (lookup === undefined || route === undefined || value === undefined)
    throw new Refusal("internal", { detail: `http: nothing looks ${name} up` });
  const parts = {
    resource: { account: context.connection.account },
    // What looks it up may take a narrower id than what names it; any other is refused here.
    arguments: parseArguments(route.entry, { [name]: value }),
  };
  const body = await readObject(settings, context, {
    path: `${writePath(route, parts)}${writeQuery(route, parts)}`,
    needs: `${route.entry.name} (read)`,
    signal,
  });
  if (body === undefined) return { owner: "unknown", facts: {} };
  // INVARIANT: an answer about another object than the one that was asked for says nothing about this one.
  if (readPointer(body, lookup.id) !== value)
    throw new Refusal("downstream_unavailable", {
      detail: "http: an answer that is not the object that was asked for",
    });
  const owner = ownerOf(settings, lookup, body, context);
  return { owner, facts: owner === "tenant" ? factsOf(lookup, body) : {} };
}

function ownerOf(
  settings: HttpSettings,
  lookup: LookupDeclaration,
  body: unknown,
  { connection }: AdapterContext,
): Owner {
  // Asked with a key of the tenant's own, the system shows this tenant's objects and no other.
  if (lookup.owner === undefined) return settings.tenancy === "key" ? "tenant" : "unknown";
  const owner = readPointer(body, lookup.owner);
  if (typeof owner !== "string") return "unknown";
  return owner === (settings.tenancy === "shared" ? connection.tenant : connection.account)
    ? "tenant"
    : "other";
}

/** Single values only. What is not one is left out, and a condition on it fails. */
function factsOf(lookup: LookupDeclaration, body: unknown): ValueMap {
  return Object.fromEntries(
    Object.entries(lookup.facts).flatMap(([name, pointer]): [string, Value][] => {
      const value = readPointer(body, pointer);
      if (typeof value === "string" && value.length <= MAX_FACT_CHARACTERS && value.isWellFormed())
        return [[name, value]];
      const whole = typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0);
      return whole || typeof value === "boolean" ? [[name, value]] : [];
    }),
  );
}

const isEmpty = (facts: ValueMap): boolean => Object.keys(facts).length === 0;
