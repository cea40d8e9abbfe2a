import { possible } from "./issue-view.ts";
import { refused } from "./jira-problem.ts";
import type { SiteState, TwinComment, TwinIssue, TwinProject } from "./site-state.ts";

type Body = Readonly<Record<string, unknown>>;

/** Sets what `fields` names; what Jira does not know it refuses. @throws JiraProblem 400 */
export function setFields(site: SiteState, issue: TwinIssue, fields: Body, dataCenter: boolean): void {
  for (const [name, value] of Object.entries(fields)) {
    if (name === "summary" && typeof value === "string" && value !== "") issue.summary = value;
    else if (name === "description" && isText(value, dataCenter)) issue.description = value;
    else if (name === "priority") issue.priority = text(member(value, "name"), name);
    else if (name === "labels" && isTexts(value)) issue.labels = value;
    else if (name === "duedate") issue.duedate = text(value, name);
    else if (name === "assignee")
      issue.assignee = text(member(value, dataCenter ? "name" : "accountId"), name);
    else throw cannotBeSet(name);
  }
  site.touch(issue);
}

/** Changes labels as `update` says. @throws JiraProblem 400 */
export function updateLabels(site: SiteState, issue: TwinIssue, update: Body): void {
  for (const [name, changes] of Object.entries(update)) {
    if (name !== "labels" || !Array.isArray(changes)) throw cannotBeSet(name);
    for (const change of changes) {
      const [added, removed] = [member(change, "add"), member(change, "remove")];
      if (typeof added === "string") issue.labels = [...new Set([...issue.labels, added])];
      else if (typeof removed === "string") issue.labels = issue.labels.filter((label) => label !== removed);
      else throw cannotBeSet(name);
    }
  }
  site.touch(issue);
}

/** A new issue. @throws JiraProblem 400 without project, type or summary */
export function createIssue(
  site: SiteState,
  { project, issuetype, summary, ...fields }: Body,
  visible: (project: TwinProject) => boolean,
  dataCenter: boolean,
): TwinIssue {
  const [id, key] = [member(project, "id"), member(project, "key")];
  const found = site.projects.find((each) => (each.id === id || each.key === key) && visible(each));
  if (found === undefined) throw refused(400, [], { project: "Specify a valid project ID or key" });
  const type = text(member(issuetype, "name"), "issuetype");
  const issue = site.create(found, { summary: text(summary, "summary"), type });
  setFields(site, issue, fields, dataCenter);
  return issue;
}

/** Moves an issue along. @throws JiraProblem 400 for a transition that it cannot make now */
export function applyTransition(site: SiteState, issue: TwinIssue, body: Body): void {
  const id = member(body["transition"], "id");
  const found = possible(issue).find((each) => each.id === id);
  if (found === undefined)
    throw refused(400, ["It is not on the appropriate workflow step or the transition is not valid."]);
  issue.status = found.to;
  if (isBody(body["fields"]))
    throw refused(400, [], { fields: "Field cannot be set. It is not on the appropriate screen." });
  site.touch(issue);
}

/** A new comment. @throws JiraProblem 400 for a text of the other kind */
export function addComment(site: SiteState, issue: TwinIssue, body: Body, dataCenter: boolean): TwinComment {
  if (!isText(body["body"], dataCenter)) throw refused(400, [], { comment: "Comment body is not valid!" });
  const { properties } = body;
  const comment: TwinComment = {
    id: site.nextId(),
    body: body["body"],
    properties: Array.isArray(properties) ? (properties as readonly unknown[]) : [],
  };
  issue.comments.push(comment);
  site.touch(issue);
  return comment;
}

/** Keeps the properties that a write brings along. */
export function keepProperties(issue: TwinIssue, { properties }: Body): void {
  for (const property of Array.isArray(properties) ? (properties as readonly unknown[]) : []) {
    const key = member(property, "key");
    if (typeof key === "string") issue.properties.set(key, member(property, "value"));
  }
}

export const isBody = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const member = (value: unknown, name: string): unknown =>
  isBody(value) && Object.hasOwn(value, name) ? value[name] : undefined;

function text(value: unknown, field: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw refused(400, [], { [field]: `${field} is required.` });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string" && !/\s/.test(item));

/** A document at Jira Cloud, wiki markup at a data center. */
const isText = (value: unknown, dataCenter: boolean): boolean =>
  dataCenter ? typeof value === "string" : member(value, "type") === "doc";

const cannotBeSet = (field: string) =>
  refused(400, [], {
    [field]: `Field '${field}' cannot be set. It is not on the appropriate screen, or unknown.`,
  });
