import { refused } from "./jira-problem.ts";
import type { SiteState, TwinIssue } from "./site-state.ts";

/**
 * Evaluates the part of JQL that matters: conditions joined by AND and OR in Jira's precedence, so that whoever smuggles an OR
 * into a search sees what it gives. As at Jira, a quoted project is a key, and where no project has that key, a name.
 *
 * @throws JiraProblem 400 for anything else
 */
export function matchJql(site: SiteState, issues: readonly TwinIssue[], jql: string): readonly TwinIssue[] {
  const [conditions = "", order] = splitOutside(jql, " ORDER BY ");
  const matching = issues.filter((issue) =>
    splitOutside(conditions, " OR ").some((any) =>
      splitOutside(any, " AND ").every((condition) => matches(site, issue, condition.trim())),
    ),
  );
  if (order === undefined) return matching;
  const [, field = "", direction = ""] = /^(created|updated|priority|key) (ASC|DESC)$/.exec(order) ?? [];
  if (field === "") throw badJql();
  const of = (issue: TwinIssue): string =>
    field === "updated" ? issue.updated : field === "created" ? issue.created : (issue.priority ?? issue.key);
  return matching.toSorted((a, b) => of(a).localeCompare(of(b)) * (direction === "ASC" ? 1 : -1));
}

function matches(site: SiteState, issue: TwinIssue, condition: string): boolean {
  const [, field = "", operator = "", written = ""] = /^([a-z]+) (=|>=|~|IN) (.+)$/s.exec(condition) ?? [];
  const values = readValues(operator, written);
  const held = valuesOf(issue, field);
  if (field === "project") return values.some((value) => isProject(site, issue, value));
  if (held === undefined) throw badJql();
  if (operator === ">=") return held.some((value) => value.slice(0, 10) >= (values[0]?.text ?? ""));
  if (operator === "~")
    return held.some((value) => value.toLowerCase().includes((values[0]?.text ?? "").toLowerCase()));
  return held.some((value) => values.some(({ text }) => text.toLowerCase() === value.toLowerCase()));
}

interface JqlValue {
  readonly text: string;
  readonly quoted: boolean;
}

function isProject(site: SiteState, { project }: TwinIssue, { text, quoted }: JqlValue): boolean {
  if (!quoted && /^\d+$/.test(text)) return project.id === text;
  const isKey = site.projects.some(({ key }) => key === text.toUpperCase());
  return isKey ? project.key === text.toUpperCase() : project.name.toLowerCase() === text.toLowerCase();
}

function valuesOf(issue: TwinIssue, field: string): readonly string[] | undefined {
  const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
  switch (field) {
    case "project":
      return [issue.project.key];
    case "status":
      return [issue.status.name];
    case "issuetype":
      return [issue.type];
    case "priority":
      return one(issue.priority);
    case "labels":
      return issue.labels;
    case "assignee":
      return one(issue.assignee);
    case "reporter":
      return ["reporter"];
    case "created":
      return [issue.created];
    case "updated":
      return [issue.updated];
    case "text":
      return [issue.summary];
    default:
      return undefined;
  }
}

function readValues(operator: string, written: string): readonly JqlValue[] {
  const list = operator === "IN" ? /^\((.+)\)$/s.exec(written)?.[1] : written;
  if (list === undefined) throw badJql();
  return splitOutside(list, ",").map((item) => {
    const text = item.trim();
    const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(text)?.[1];
    if (quoted !== undefined) return { text: quoted.replace(/\\(.)/gs, "$1"), quoted: true };
    if (/^[A-Za-z0-9_-]+$/.test(text)) return { text, quoted: false };
    throw badJql();
  });
}

/** Splits where a separator stands outside of quotes. */
function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length;) {
    const quoted = /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at))?.[0];
    if (quoted === undefined && text.startsWith(separator, at)) {
      parts.push(part);
      part = "";
      at += separator.length;
      continue;
    }
    const next = quoted ?? text[at] ?? "";
    part += next;
    at += next.length;
  }
  return [...parts, part];
}

const badJql = () => refused(400, ["Error in the JQL Query"]);
