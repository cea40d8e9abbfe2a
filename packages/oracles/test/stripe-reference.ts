import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import fixtures from "./stripe-fixtures.json" with { type: "json" };

/** One endpoint of Stripe's API, as the stock client has it. */
export interface StripeEndpoint {
  readonly method: string;
  readonly path: RegExp;
  /** Names of all its parameters; of nested ones the outermost. */
  readonly parameters: ReadonlySet<string>;
}

/** An object as Stripe publishes it. */
export type StripeObject = Readonly<Record<string, unknown>> & { readonly id?: string };

/** Stripe's published fixtures by the name of the resource. */
export const STRIPE_OBJECTS: Readonly<Record<string, StripeObject>> = fixtures.resources;

/**
 * Every endpoint that the stock client was generated with from Stripe's published description: methods and paths from its
 * code, parameters from its types.
 */
export function stripeEndpoints(): readonly StripeEndpoint[] {
  const client = createRequire(import.meta.url).resolve("stripe");
  const folder = client.replace(/(?:cjs|esm)\/[^/]+$/, "esm/resources/");
  const files = readdirSync(folder).filter((name) => name.endsWith(".d.ts"));
  return files.flatMap((name) => {
    const types = readFileSync(`${folder}${name}`, "utf8");
    const code = readFileSync(`${folder}${name.replace(".d.ts", ".js")}`, "utf8");
    const calls = code.matchAll(
      /^ {4}(\w+)\([^)]*\) \{\n\s+return this\._makeRequest\('([A-Z]+)', ['`](.+?)['`], /gm,
    );
    return [...calls].map(([, call = "", method = "", path = ""]) => ({
      method,
      path: new RegExp(`^${path.replaceAll(/\$\{[^}]+\}/g, "[^/]+")}$`),
      parameters: parametersOf(types, call),
    }));
  });
}

const PAGE = ["ending_before", "limit", "starting_after"] as const;

function parametersOf(types: string, call: string): ReadonlySet<string> {
  const [, name = ""] = new RegExp(`^ {4}${call}\\(.*?params\\??: (\\w+)`, "m").exec(types) ?? [];
  const [, base, body = ""] =
    new RegExp(`^export interface ${name}(?: extends (\\w+))? \\{\\n([\\s\\S]*?)^\\}`, "m").exec(types) ?? [];
  const own = [...body.matchAll(/^ {4}(\w+)\??: /gm)].map(([, member = ""]) => member);
  return new Set([...own, ...(base === "PaginationParams" ? PAGE : [])]);
}
