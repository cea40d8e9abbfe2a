import { type Stamp, type Value, type ValueMap, isValueMap } from "@watchword/core";

/** What an operation's body says, read and written. */
export interface BodyForm {
  /** Media types in which a tool may write it; the first is what is sent. */
  readonly types: readonly string[];
  /** The arguments that a body holds; `undefined` when it is of another form. */
  read(body: ValueMap): ValueMap | undefined;
  /** The body of decided arguments. */
  write(values: ValueMap, stamp: Stamp): ValueMap;
}

const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
/** Of objects of texts both kinds of patches make the same. */
const EITHER = [MERGE, STRATEGIC] as const;

/** Where a new value makes a deployment replace its pods: what tools write, and what is sent. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";
const DECISION = "watchword/decision";

/** Every body that there is, by operation. A route without one takes none. */
export const BODY_FORMS: Readonly<Record<string, BodyForm>> = {
  "pods.delete": {
    types: ["application/json"],
    read: (body) => {
      const { apiVersion = "v1", kind = "DeleteOptions", ...rest } = body;
      if (apiVersion !== "v1" || kind !== "DeleteOptions") return undefined;
      if (Object.keys(rest).length === 0) return {};
      const uid = only(rest, "preconditions", "uid");
      return uid === undefined ? undefined : { uid };
    },
    write: ({ uid = "" }) => ({ apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } }),
  },
  "deployments.scale": {
    types: EITHER,
    read: (body) => named("replicas", only(body, "spec", "replicas")),
    write: ({ replicas = 0 }) => ({ spec: { replicas } }),
  },
  "deployments.restart": {
    types: EITHER,
    read: (body) => {
      const [annotation, ...more] = membersOf(only(body, "spec", "template", "metadata", "annotations"));
      if (annotation === undefined || more.length > 0) return undefined;
      const [key, value] = annotation;
      return [RESTARTED_AT, DECISION].includes(key) && typeof value === "string" ? {} : undefined;
    },
    // What a tool wrote there is not kept. INVARIANT: never the idempotency key: where a grant says once a day, tomorrow's has the
    // same, and what changes nothing restarts nothing.
    write: (_values, { decisionId }) => ({
      spec: { template: { metadata: { annotations: { [DECISION]: decisionId } } } },
    }),
  },
  "configmaps.patch": {
    types: EITHER,
    read: (body) => {
      const [entry, ...more] = membersOf(only(body, "data"));
      if (entry === undefined || more.length > 0) return undefined;
      const [key, value] = entry;
      return { key, value };
    },
    write: ({ key, value = "" }) => ({ data: typeof key === "string" ? { [key]: value } : {} }),
  },
};

/** What stands at a path of members, each of which is the only one. */
function only(body: ValueMap, ...path: readonly string[]): Value | undefined {
  let at: Value | undefined = body;
  for (const name of path) {
    const [entry, ...more] = membersOf(at);
    if (entry?.[0] !== name || more.length > 0) return undefined;
    [, at] = entry;
  }
  return at;
}

const membersOf = (value: Value | undefined): [string, Value][] =>
  isValueMap(value) ? Object.entries(value) : [];

const named = (name: string, value: Value | undefined): ValueMap | undefined =>
  value === undefined ? undefined : { [name]: value };
