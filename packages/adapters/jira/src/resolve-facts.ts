import {
  type Action,
  type AdapterContext,
  type Catalogue,
  type Facts,
  Refusal,
  type ValueMap,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { z } from "zod";
import { askToken } from "./access-token.ts";
import { readJira, unusable } from "./call-jira.ts";
import { RESOLVE_USER_AGENT } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { NumericId } from "./names.ts";
import { apiPath, ownProject } from "./own-project.ts";

const RESOLVE_MILLISECONDS = 1_000;

const Text = z.string().max(256);
const Status = z.object({ id: NumericId, name: Text, statusCategory: z.object({ key: Text }) });
const Project = z.object({ id: NumericId, key: Text, name: Text });
const Issue = z.object({
  id: NumericId,
  key: Text,
  fields: z.object({ project: Project, status: Status, issuetype: z.object({ name: Text }) }),
});
const Transitions = z.object({
  transitions: z.array(z.object({ id: Text, name: Text, to: Status })).max(500),
});

/** Reads below the connection's site; `undefined` is an object that is not there. */
type Read = (path: string) => Promise<unknown>;

/**
 * Looks up what a decision needs, with a token of its own that can only read: the issue's project, status and type, and for a
 * transition whether the issue can make it and where it leads; or the project itself. What is not there leaves no fact, and
 * the plan refuses then.
 *
 * @throws Refusal `tenant_mismatch`, `downstream_unavailable`, `downstream_refused`
 */
export async function resolveFacts(
  settings: JiraSettings,
  catalogue: Catalogue,
  action: Action,
  context: AdapterContext,
): Promise<Facts> {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `jira has no operation ${action.operation}`,
      failedFact: "action",
    });
  const { issue, transition } = parseArguments(entry, action.arguments);
  const project = ownProject(action.resource, context.connection.account);
  apiPath(settings, context.connection.account);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(RESOLVE_MILLISECONDS)]);
  const { token } = await askToken(settings, context, {
    access: "read",
    userAgent: RESOLVE_USER_AGENT,
    signal,
  });
  const read: Read = (path) => readJira(settings, context, { path, token, signal });
  if (typeof issue !== "string") return { owners: {}, values: await projectFacts(read, project) };
  const [facts, moves] = await Promise.all([
    issueFacts(read, issue),
    typeof transition === "string" ? transitionFacts(read, issue, transition) : {},
  ]);
  return { owners: {}, values: { ...facts, ...moves } };
}

async function issueFacts(read: Read, key: string): Promise<ValueMap> {
  const body = await read(`/issue/${key}?fields=project,status,issuetype`);
  if (body === undefined) return {};
  const issue = Issue.safeParse(body);
  if (!issue.success) throw unusable("an answer that is not the issue");
  const { fields } = issue.data;
  // INVARIANT: the project is the one of the answer. An issue that moved keeps its old key, whose letters say nothing.
  return {
    project: fields.project,
    issue: {
      id: issue.data.id,
      key: issue.data.key,
      type: fields.issuetype.name,
      status: fields.status.name,
      statusId: fields.status.id,
      statusCategory: fields.status.statusCategory.key,
    },
  };
}

/** A transition counts only when it is one that this issue can make now. */
async function transitionFacts(read: Read, key: string, id: string): Promise<ValueMap> {
  const body = await read(`/issue/${key}/transitions`);
  if (body === undefined) return {};
  const listed = Transitions.safeParse(body);
  if (!listed.success) throw unusable("an answer that is not the issue's transitions");
  const found = listed.data.transitions.find((each) => each.id === id);
  if (found === undefined) return {};
  const { name, to } = found;
  return { transition: { id, name, to: to.name, toId: to.id, toCategory: to.statusCategory.key } };
}

async function projectFacts(read: Read, key: string | undefined): Promise<ValueMap> {
  if (key === undefined) return {};
  const body = await read(`/project/${key}`);
  if (body === undefined) return {};
  const project = Project.safeParse(body);
  if (!project.success) throw unusable("an answer that is not the project");
  return { project: project.data };
}
