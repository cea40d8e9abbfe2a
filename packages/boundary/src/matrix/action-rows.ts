import { Identifier, type Operation, type Reason } from "@watchword/core";
import { type Change, type GrantMatter, acting, grantedAgents } from "./grant-matter.ts";
import { type SystemValues, ownArguments } from "./system-values.ts";

/** The action: every operation of every catalogue that the agent has no grant for, and names that are none. */
export function actionRows(matter: GrantMatter): Change[] {
  const { policy, systems, baseline } = matter;
  const rows: Change[] = [];
  for (const [system, values] of Object.entries(systems)) {
    for (const entry of Object.values(values.catalogue.operations)) {
      if (grantedAgents(policy, system, entry.name).has(baseline.agent)) continue;
      rows.push(sibling(matter, system, values, entry));
    }
  }
  return [...rows, ...strangers(matter)];
}

function sibling(
  { baseline, entry: granted }: GrantMatter,
  system: string,
  values: SystemValues,
  entry: Operation,
): Change {
  const kind = granted.access === "read" && entry.access === "write" ? "write" : "sibling";
  return {
    fact: "action",
    mutation: `${kind}-${system}-${entry.name}`,
    title: `${system}/${entry.name}, which no grant of the agent names`,
    mutated: {
      ...acting(baseline, {
        system,
        operation: entry.name,
        resource: { ...values.resource?.own },
        arguments: ownArguments(values, entry.name, entry.example),
      }),
      evidence: {},
      approval: "none",
    },
    expected: ["not_granted"],
  };
}

function strangers({ baseline, grant }: GrantMatter): Change[] {
  const named: readonly (readonly [string, string, string])[] = [
    ["unknown-operation", grant.system, "boundary.unknown"],
    ["upper-case", grant.system, grant.operation.toUpperCase()],
    ["space", grant.system, `${grant.operation} `],
    ["wildcard", grant.system, "*"],
    ["constructor", grant.system, "constructor"],
    ["prototype", grant.system, "__proto__"],
    ["unknown-system", "boundary-nobody", grant.operation],
    ["system-constructor", "constructor", grant.operation],
  ];
  return named.map(([mutation, system, operation]) => {
    const spelled = Identifier.safeParse(system).success && Identifier.safeParse(operation).success;
    const reason: Reason = spelled ? "unknown_target" : "request_malformed";
    return {
      fact: "action",
      mutation,
      title: `an action by the name of ${system}/${operation}`,
      mutated: acting(baseline, { system, operation }),
      expected: [reason],
    };
  });
}
