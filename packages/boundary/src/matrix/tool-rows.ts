import { type ValueMap, canonicalJson } from "@watchword/core";
import type { MissingBaseline, Row } from "../row.ts";
import type { Situation } from "../situation.ts";
import type { BoundTool } from "../tools/load-tools.ts";
import type { ToolExample } from "../tools/tool-example.ts";
import { agentRows } from "./agent-rows.ts";
import { approvalRows } from "./approval-rows.ts";
import { argumentRows } from "./argument-rows.ts";
import { needsApproval, withinGrant } from "./baseline-of.ts";
import { evidenceRows } from "./evidence-rows.ts";
import { expressedArguments } from "./expressed-arguments.ts";
import { type Change, type GrantMatter, rowOf } from "./grant-matter.ts";
import { runRows } from "./run-rows.ts";
import { spendingRows } from "./spending-rows.ts";
import { tenantRows } from "./tenant-rows.ts";
import { timeRows } from "./time-rows.ts";

/** Rows of a grant through the app's own tools; what they lack, and why none goes there at all. */
export interface ToolRows {
  readonly rows: readonly Row[];
  readonly missing: readonly MissingBaseline[];
  /** Why the grant, or a part of its rows, is not reached by tools. */
  readonly unreached: readonly string[];
}

/** What a model can bring about by a call of a tool, or somebody around it, by fact; each with what its rows are called. */
const WANTED: Readonly<Partial<Record<Row["fact"], RegExp>>> = Object.freeze({
  tenant: /^(?:foreign|nobodys|user-of)-/,
  agent: /^other-/,
  user: /^/,
  run: /^/,
  argument: /-(?:over-limit|under-limit|outside|sibling|dots|unlisted|unequal)$/,
  approval: /^(?:none|pending|denied|withdrawn|self|stranger|expired)$/,
  evidence: /^(?:red|missing)$/,
  time: /-window$/,
  once: /^/,
  budget: /^/,
});

/**
 * Derives the rows of a grant that go through guarded tools: for each tool whose binding names the grant's operation, each of its
 * examples that the grant allows, and what a call can change of it.
 */
export function toolRows(matter: GrantMatter, tools: readonly BoundTool[]): ToolRows {
  const { grant } = matter;
  const named = `${grant.system}/${grant.operation}`;
  const bound = tools.filter((tool) => `${tool.system}/${tool.operation}` === named);
  if (bound.length === 0) return only({ unreached: [`no tool's binding names ${named}`] });
  if (grant.custody === "released")
    return only({
      unreached: ["its credential is released to the tool, and what is sent with that is compared by nobody"],
    });
  const found = bound.map((tool) => rowsOf(matter, tool));
  return {
    rows: found.flatMap(({ rows }) => rows),
    missing: found.flatMap(({ missing }) => missing),
    unreached: found.flatMap(({ unreached }) => unreached),
  };
}

function only(part: Partial<ToolRows>): ToolRows {
  return { rows: [], missing: [], unreached: [], ...part };
}

function rowsOf(matter: GrantMatter, tool: BoundTool): ToolRows {
  const { grant, entry } = matter;
  const lacking = (missing: string): ToolRows =>
    only({ missing: [{ grant: grant.id, missing: `tool ${tool.key}: ${missing}` }] });
  const named = `${grant.system}/${grant.operation}`;
  const other = tool.examples.find(({ action }) => action.operation !== named);
  if (other !== undefined)
    return lacking(`its binding names ${named}, and an example says ${other.action.operation}`);
  const fitting = tool.examples.filter(({ action }) => withinGrant(matter, action.arguments));
  if (fitting.length === 0)
    return lacking(
      `it has no example${tool.examples.length === 0 ? "" : " within the grant's conditions"}; add one to boundaryExamples of the tools' module, by hand: { ${tool.key}: [{ args: { … }, action: { operation: "${named}", arguments: ${canonicalJson(exampleOf(matter, entry))} } }] }`,
    );
  const found = fitting.map((example, index) =>
    rowsOfExample(matter, tool, example, fitting.length === 1 ? tool.key : `${tool.key}-${index + 1}`),
  );
  // What one example does not show, another one may.
  const said = new Set(found.flatMap(({ rows }) => rows.map(mutationOf)));
  const lacks = new Map(
    found.flatMap(({ lacks: those }) => those.filter((name) => !said.has(name)).map((name) => [name, name])),
  );
  return {
    rows: found.flatMap(({ rows }) => rows),
    missing: [...lacks.keys()].map((name) => ({
      grant: grant.id,
      missing: `tool ${tool.key}: its arguments do not show how ${name} would be said; add changed: { "${name}": { … } } to its example, or null where there are no words for it`,
    })),
    unreached: found.flatMap(({ without }) =>
      without.map((name) => `tool ${tool.key} has no words for ${name}, its example says`),
    ),
  };
}

function exampleOf({ baseline }: GrantMatter, entry: GrantMatter["entry"]): ValueMap {
  return Object.keys(baseline.action.arguments).length > 0
    ? baseline.action.arguments
    : (entry.example as ValueMap);
}

interface ExampleRows {
  readonly rows: readonly Row[];
  readonly lacks: readonly string[];
  readonly without: readonly string[];
}

function rowsOfExample(
  general: GrantMatter,
  tool: BoundTool,
  example: ToolExample,
  label: string,
): ExampleRows {
  const matter = matterOf(general, tool, example);
  const { baseline } = matter;
  const rows: Row[] = [];
  const lacks: string[] = [];
  const without: string[] = [];
  const saying = (situation: Situation, args: unknown): Situation => ({
    ...situation,
    call: { tool: tool.key, args: JSON.stringify(args) },
  });
  const expressed = (situation: Situation): Situation | undefined => {
    const args = expressedArguments(example.args, baseline.action, situation.action);
    return args === undefined ? undefined : saying(situation, args);
  };
  for (const change of changesOf(matter)) {
    const name = `${change.fact}/${change.mutation}`;
    const given = example.changed?.[name];
    const mutated =
      given === undefined || given === null ? expressed(change.mutated) : saying(change.mutated, given);
    const unchanged = expressed(change.baseline ?? baseline);
    if (given === null) without.push(name);
    else if (mutated !== undefined && unchanged !== undefined)
      rows.push(
        rowOf(matter, {
          ...change,
          mutation: `by-${label}-${change.mutation}`,
          title: `${change.title}, by tool ${tool.key}`,
          baseline: unchanged,
          mutated,
          // What no action can hold is refused before anybody is asked.
          expected: change.fact === "argument" ? [...change.expected, "binding_failed"] : change.expected,
        }),
      );
    else if (!isBindings(change, baseline)) lacks.push(name);
  }
  rows.push(outside(matter, tool, saying(baseline, example.args), label));
  return { rows, lacks, without };
}

/** The grant's matter with the example's action as what is allowed. */
function matterOf(matter: GrantMatter, tool: BoundTool, { action }: ToolExample): GrantMatter {
  const { baseline, grant } = matter;
  const asked = grant.approval !== undefined && needsApproval(grant.approval.over, action.arguments);
  return {
    ...matter,
    baseline: {
      ...baseline,
      tool: tool.name,
      action: {
        ...baseline.action,
        resource: { ...baseline.action.resource, ...action.resource },
        arguments: action.arguments,
      },
      approval: asked ? "granted" : "none",
    },
  };
}

function changesOf(matter: GrantMatter): Change[] {
  const derived = [
    tenantRows,
    agentRows,
    runRows,
    argumentRows,
    approvalRows,
    evidenceRows,
    timeRows,
    spendingRows,
  ].flatMap((derive) => derive(matter));
  return [
    ...derived.filter(({ fact, mutation }) => WANTED[fact]?.test(mutation) === true),
    ...otherTenantsRun(matter),
  ];
}

/** A run of another tenant's, in which the model names this tenant's object. */
function otherTenantsRun({ policy, workload, grant, entry, baseline, tenants }: GrantMatter): Change[] {
  const rule = policy.document.workloads[workload]?.tenant;
  const owned = [...grant.rules].some(
    ([name, { ownedBy }]) => ownedBy !== undefined && entry.references.includes(name),
  );
  if (rule === undefined || "fixed" in rule || !owned) return [];
  return [
    {
      fact: "tenant",
      mutation: "run-of-another-tenant",
      title: "an object of this tenant in a run of another",
      mutated: { ...baseline, tenant: tenants.other },
      expected: ["tenant_mismatch"],
    },
  ];
}

function outside(matter: GrantMatter, tool: BoundTool, baseline: Situation, label: string): Row {
  const { call } = baseline;
  return rowOf(matter, {
    fact: "run",
    mutation: `by-${label}-outside`,
    title: `no run at all, by tool ${tool.key}`,
    baseline,
    mutated: call === undefined ? baseline : { ...baseline, call: { ...call, outside: true } },
    expected: ["no_run"],
  });
}

/** A resource, a path or a choice that stands in no argument is the binding's own: no model has a say in it. */
function isBindings({ fact, mutation, mutated }: Change, baseline: Situation): boolean {
  if (fact === "argument") return !mutation.endsWith("-over-limit");
  return JSON.stringify(mutated.action.arguments) === JSON.stringify(baseline.action.arguments);
}

/** `tenant/foreign-object` of `…/tenant/by-refund-foreign-object`. */
function mutationOf({ fact, mutation, mutated }: Row): string {
  const label = `by-${mutated.call?.tool ?? ""}-`;
  return `${fact}/${mutation.slice(label.length).replace(/^\d+-/, "")}`;
}
