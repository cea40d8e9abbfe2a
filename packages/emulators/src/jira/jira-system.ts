import { randomUUID } from "node:crypto";
import {
  type Adapter,
  type Clock,
  type Connection,
  type GatewayRequest,
  SealedCredential,
  type ValueMap,
} from "@watchword/core";
import { type JiraTwin, jiraTwin } from "./jira-twin.ts";
import type { IssueSeed } from "./twin-options.ts";

/** Options of {@link jiraSystem}. */
export interface JiraSystemOptions {
  /** The tenant whose agents act, and another. Default `acme` and `globex`. */
  readonly tenants?: { readonly own: string; readonly other: string };
  /** Key of the project that agents work in; both tenants have one. Default `APP`. */
  readonly project?: string;
  /** Its issues by number. Default: 1 to 9, the first in progress. */
  readonly issues?: Readonly<Record<number, IssueSeed>>;
}

/** A Jira Cloud that runs for one world: the adapter over a twin with a site for each of two tenants. */
export interface JiraSystem extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly twin: JiraTwin;
  readonly own: Connection;
  readonly other: Connection;
  /** None: whose an issue is says the site, and both sites hold the same keys. */
  readonly foreign: Readonly<Record<string, ValueMap>>;
  readonly missing: Readonly<Record<string, ValueMap>>;
  readonly more: Readonly<Record<string, readonly ValueMap[]>>;
  readonly resource: Readonly<Record<"own" | "other", Readonly<Record<string, string>>>>;
  /** A project of the tenant's site that no grant of `project` names. */
  readonly neighbour: Readonly<Record<string, string>>;
  /** Takes the decision's id off the properties of a write. */
  unstamped(request: GatewayRequest): GatewayRequest;
}

const SITES = {
  own: "11111111-2222-3333-4444-555555555551",
  other: "11111111-2222-3333-4444-555555555552",
} as const;
const NEIGHBOUR = "OPS";
const SCOPES = ["read:jira-work", "write:jira-work"] as const;

/**
 * Issues for `boundary({ systems })`: your adapter over a twin in which two tenants have a site each, with the same project and the same
 * keys. Each world has credentials of its own.
 *
 * @param jira the adapter's factory
 *
 * @example
 * ```ts
 * const tracker = jiraSystem(jira);
 * ```
 */
export function jiraSystem(
  jira: (twin: { readonly baseUrl: string; readonly authUrl: string }) => Adapter,
  options: JiraSystemOptions = {},
): (world: { readonly clock: Clock; readonly name: string }) => Promise<JiraSystem> {
  const { tenants = { own: "acme", other: "globex" }, project = "APP", issues = nine() } = options;
  return async ({ clock, name }) => {
    const canary = `canary_${randomUUID()}`;
    const projects = {
      [project]: { id: 10_100, issues },
      [NEIGHBOUR]: { id: 10_200, issues: { 1: { summary: "of another project" } } },
    };
    const twin = await jiraTwin({
      clock,
      sites: { [SITES.own]: { projects }, [SITES.other]: { projects } },
      clients: [
        { id: "reader", secret: canary, scopes: SCOPES.slice(0, 1) },
        { id: "writer", secret: canary, scopes: SCOPES },
      ],
    });
    const credential = (clientId: string) => ({ clientId, clientSecret: canary });
    const connection = (tenant: string, account: string): Connection => ({
      tenant,
      system: name,
      account,
      settings: {},
      secret: new SealedCredential(
        JSON.stringify({ read: credential("reader"), write: credential("writer") }),
      ),
    });
    return {
      // Tools address Atlassian, as they do in production: nothing but the adapter knows of the twin.
      adapter: jira({ baseUrl: twin.url, authUrl: twin.url }),
      twin,
      own: connection(tenants.own, SITES.own),
      other: connection(tenants.other, SITES.other),
      foreign: {},
      missing: {},
      more: further(Object.keys(issues).map((number) => `${project}-${number}`)),
      resource: { own: { site: SITES.own, project }, other: { site: SITES.other, project } },
      neighbour: { site: SITES.own, project: NEIGHBOUR },
      unstamped,
      [Symbol.asyncDispose]: () => twin.close(),
    };
  };
}

function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.body.byteLength === 0) return request;
  const { properties: _, ...body } = JSON.parse(new TextDecoder().decode(request.body)) as Record<
    string,
    unknown
  >;
  return { ...request, body: new TextEncoder().encode(JSON.stringify(body)) };
}

function nine(): Record<number, IssueSeed> {
  return Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [
      index + 1,
      { summary: `Issue ${index + 1}`, status: index === 0 ? "In Progress" : "Open" },
    ]),
  );
}

/** Arguments of the same kind for other issues, for what is counted or may happen once. */
function further(keys: readonly string[]): Record<string, readonly ValueMap[]> {
  const others = keys.slice(1);
  const each = (values: ValueMap): readonly ValueMap[] => others.map((issue) => ({ issue, ...values }));
  return {
    "issues.get": each({}),
    "issues.edit": each({ summary: "changed" }),
    "labels.change": each({ add: ["triaged"] }),
    "comments.add": each({ text: "Looked at it." }),
    "comments.list": each({}),
    "transitions.list": each({}),
    "transitions.apply": each({ transition: "21" }),
    "issues.create": others.map((key) => ({ type: "Task", summary: `after ${key}` })),
  };
}
