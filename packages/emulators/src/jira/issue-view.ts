import {
  type SiteState,
  TRANSITIONS,
  type TwinComment,
  type TwinIssue,
  type TwinStatus,
} from "./site-state.ts";

/** An issue as Jira shows it: with the fields that were asked for, or with all, and those show other issues. */
export function issueBody(
  site: SiteState,
  issue: TwinIssue,
  asked: readonly string[],
  dataCenter: boolean,
): object {
  const fields = allFields(site, issue, dataCenter);
  const shown =
    asked.length === 0
      ? fields
      : Object.fromEntries(Object.entries(fields).filter(([name]) => asked.includes(name)));
  return { id: issue.id, key: issue.key, self: `${site.url}/rest/api/2/issue/${issue.id}`, fields: shown };
}

/** The transitions that an issue can make now. */
export function transitionsBody(site: SiteState, issue: TwinIssue): object {
  return {
    expand: "transitions",
    transitions: possible(issue).map(({ id, name, to }) => ({
      id,
      name,
      to: statusBody(site, to),
      hasScreen: false,
      isGlobal: false,
      isInitial: false,
      isAvailable: true,
      isConditional: false,
    })),
  };
}

export const possible = (issue: TwinIssue) =>
  TRANSITIONS.filter(({ from }) => from.some(({ id }) => id === issue.status.id));

export function commentBody(
  site: SiteState,
  { id, body, properties }: TwinComment,
  dataCenter: boolean,
): object {
  return {
    self: `${site.url}/rest/api/2/comment/${id}`,
    id,
    body: typeof body === "string" && !dataCenter ? document(body) : body,
    ...(properties.length === 0 ? {} : { properties }),
  };
}

export function projectBody(site: SiteState, { id, key, name }: TwinIssue["project"]): object {
  return { self: `${site.url}/rest/api/2/project/${id}`, id, key, name, projectTypeKey: "software" };
}

function allFields(site: SiteState, issue: TwinIssue, dataCenter: boolean): Record<string, unknown> {
  return {
    summary: issue.summary,
    description: issue.description ?? null,
    status: statusBody(site, issue.status),
    issuetype: { id: "1", name: issue.type, subtask: false },
    project: projectBody(site, issue.project),
    priority: issue.priority === undefined ? null : { id: "1", name: issue.priority },
    labels: issue.labels,
    assignee: personBody(issue.assignee, dataCenter),
    created: issue.created,
    updated: issue.updated,
    duedate: issue.duedate ?? null,
    issuelinks: issue.links.flatMap((key) => {
      const linked = site.find(key);
      return linked === undefined
        ? []
        : [{ id: linked.id, outwardIssue: { key: linked.key, fields: { summary: linked.summary } } }];
    }),
  };
}

function personBody(account: string | undefined, dataCenter: boolean): object | null {
  if (account === undefined) return null;
  return dataCenter ? { name: account, displayName: account } : { accountId: account, displayName: account };
}

function statusBody(site: SiteState, { id, name, category }: TwinStatus): object {
  return {
    self: `${site.url}/rest/api/2/status/${id}`,
    description: "",
    iconUrl: `${site.url}/`,
    name,
    id,
    statusCategory: {
      self: `${site.url}/rest/api/2/statuscategory/1`,
      id: 1,
      key: category,
      colorName: "blue",
      name,
    },
  };
}

const document = (text: string): object => ({
  type: "doc",
  version: 1,
  content: [{ type: "paragraph", content: [{ type: "text", text }] }],
});
