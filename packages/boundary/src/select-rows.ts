import { type Catalogue, findOperation } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import type { Exception, Selection } from "./boundary-builder.ts";
import type { MissingBaseline, Row } from "./row.ts";

/** The rows that selections ask for, each once. */
export interface SelectedRows {
  readonly rows: readonly Row[];
  /** What was asked for and cannot be proven. */
  readonly missing: readonly MissingBaseline[];
  readonly excluded: readonly {
    readonly fact: Row["fact"];
    readonly grant: string;
    readonly reason: string;
  }[];
}

/** Selects. A selection without a row would be a promise that nobody looked at: it is missing, by name. */
export function selectRows(
  selections: readonly Selection[],
  rows: readonly Row[],
  policy: Policy,
  catalogues: Readonly<Record<string, Catalogue>>,
): SelectedRows {
  const chosen = new Set<Row>();
  const missing: MissingBaseline[] = [];
  const excluded = new Map<string, SelectedRows["excluded"][number]>();
  for (const selection of selections) {
    if (selection.kind === "proof") continue;
    const unable = whyNot(selection, policy, catalogues);
    if (unable !== undefined) missing.push(unable);
    const found = rows.filter((row) => isWanted(selection, row, catalogues));
    if (found.length === 0 && unable === undefined) missing.push(nothing(selection));
    for (const row of found) {
      const exception = selection.kind === "matrix" ? exceptionOf(selection.except, row) : undefined;
      if (exception === undefined) chosen.add(row);
      else
        excluded.set(`${row.grant}/${row.fact}`, {
          fact: row.fact,
          grant: row.grant,
          reason: exception.reason,
        });
    }
  }
  // Whatever is proven: each tool is called once as it is meant, and once where no run is.
  if (selections.some(({ kind }) => kind !== "proof"))
    for (const row of rows) if (row.mutated.call?.outside === true) chosen.add(row);
  return { rows: rows.filter((row) => chosen.has(row)), missing, excluded: [...excluded.values()] };
}

type RowSelection = Exclude<Selection, { kind: "proof" }>;

function isWanted(
  selection: RowSelection,
  row: Row,
  catalogues: Readonly<Record<string, Catalogue>>,
): boolean {
  switch (selection.kind) {
    case "matrix":
      return true;
    case "facts":
      return row.grant === selection.grant && selection.facts.includes(row.fact);
    case "window":
      return row.grant === selection.grant && row.mutation.endsWith("-window");
    case "narrowing":
      return (
        row.grant === selection.grant &&
        row.fact === "delegation" &&
        (selection.child === undefined || row.mutated.agent === selection.child)
      );
    case "read-only":
      return (
        row.fact === "action" && row.mutated.agent === selection.agent && isWrite(row, selection, catalogues)
      );
  }
}

function isWrite(
  { mutated: { action } }: Row,
  { systems }: Extract<Selection, { kind: "read-only" }>,
  catalogues: Readonly<Record<string, Catalogue>>,
): boolean {
  if (systems !== undefined && !systems.includes(action.system)) return false;
  // A row may well name a system `constructor`.
  const catalogue = Object.hasOwn(catalogues, action.system) ? catalogues[action.system] : undefined;
  return catalogue !== undefined && findOperation(catalogue, action.operation)?.access === "write";
}

/** What makes a selection untrue or meaningless, whatever its rows say. */
function whyNot(
  selection: RowSelection,
  policy: Policy,
  catalogues: Readonly<Record<string, Catalogue>>,
): MissingBaseline | undefined {
  if (selection.kind === "matrix") return undefined;
  if (selection.kind !== "read-only") {
    const known = policy.grants.map(({ id }) => id);
    if (known.includes(selection.grant)) return undefined;
    return { grant: selection.grant, missing: `there is no such grant; there are ${known.join(", ")}` };
  }
  const { agent, systems } = selection;
  if (!Object.hasOwn(policy.document.agents, agent))
    return {
      grant: "*",
      missing: `readOnly: agent ${agent} is not declared; there are ${Object.keys(policy.document.agents).join(", ")}`,
    };
  const write = policy.grants.find(({ agents, system, operation, shadow }) => {
    if (shadow || !agents.includes(agent) || (systems !== undefined && !systems.includes(system)))
      return false;
    const catalogue = catalogues[system];
    // Unknown is a write.
    return (catalogue === undefined ? undefined : findOperation(catalogue, operation))?.access !== "read";
  });
  return write === undefined
    ? undefined
    : {
        grant: write.id,
        missing: `readOnly: ${agent} may write by this grant (${write.system}/${write.operation}); remove it, or say which systems are read only`,
      };
}

function nothing(selection: RowSelection): MissingBaseline {
  if (selection.kind === "matrix")
    return { grant: "*", missing: "the matrix is empty: no grant of the policy allows anything here" };
  if (selection.kind === "read-only")
    return {
      grant: "*",
      missing: `readOnly: there is no write that ${selection.agent} could try; hand in systems that have some, and a grant that lets the agent read`,
    };
  const preset = selection.kind === "facts" ? selection.preset : selection.kind;
  return {
    grant: selection.grant,
    missing: `${preset}: the grant has no such condition, so nothing would be proven; add it to the grant, or remove ${preset}("${selection.grant}")`,
  };
}

function exceptionOf(except: readonly Exception[], row: Row): Exception | undefined {
  return except.find(({ fact, grant }) => fact === row.fact && (grant === undefined || grant === row.grant));
}
