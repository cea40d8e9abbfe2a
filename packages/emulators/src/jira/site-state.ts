import type { IssueSeed, SiteSeed } from "./twin-options.ts";

/** A status of the one workflow, with Jira's category. */
export interface TwinStatus {
  readonly id: string;
  readonly name: string;
  readonly category: "new" | "indeterminate" | "done";
}

const OPEN: TwinStatus = { id: "1", name: "Open", category: "new" };
const PROGRESS: TwinStatus = { id: "3", name: "In Progress", category: "indeterminate" };
const DONE: TwinStatus = { id: "10001", name: "Done", category: "done" };
const STATUSES = [OPEN, PROGRESS, DONE] as const;

/** Every transition, and where it begins. */
export const TRANSITIONS = [
  { id: "11", name: "Start", from: [OPEN], to: PROGRESS },
  { id: "21", name: "Finish", from: [OPEN, PROGRESS], to: DONE },
  { id: "31", name: "Reopen", from: [DONE], to: OPEN },
] as const;

export interface TwinComment {
  readonly id: string;
  /** A document at Jira Cloud, text at a data center. */
  readonly body: unknown;
  readonly properties: readonly unknown[];
}

/** An issue as it is now. */
export interface TwinIssue {
  readonly id: string;
  key: string;
  project: TwinProject;
  status: TwinStatus;
  readonly type: string;
  summary: string;
  description: unknown;
  priority: string | undefined;
  labels: readonly string[];
  assignee: string | undefined;
  duedate: string | undefined;
  readonly links: readonly string[];
  readonly created: string;
  updated: string;
  readonly comments: TwinComment[];
  readonly properties: Map<string, unknown>;
}

/** A project as it is now. */
export interface TwinProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

/** One Jira's projects and issues. Old keys of moved issues go on naming them. */
export class SiteState {
  readonly id: string;
  readonly url: string;
  readonly projects: readonly TwinProject[];
  readonly issues: TwinIssue[] = [];
  readonly #formerKeys = new Map<string, TwinIssue>();
  readonly #now: () => number;
  #last = 10_000;

  constructor(id: string, { url, projects }: SiteSeed, now: () => number) {
    this.id = id;
    this.url = url ?? `https://${id.slice(0, 8)}.atlassian.example`;
    this.#now = now;
    this.projects = Object.entries(projects).map(([key, seed]) => ({
      id: String(seed.id),
      key,
      name: seed.name ?? key,
    }));
    for (const [key, { issues = {} }] of Object.entries(projects))
      for (const [number, seed] of Object.entries(issues))
        this.#add(this.#project(key), Number(number), seed);
  }

  /** By key, a former key too, or by id. */
  find(keyOrId: string): TwinIssue | undefined {
    return (
      this.issues.find(({ key, id }) => key === keyOrId || id === keyOrId) ?? this.#formerKeys.get(keyOrId)
    );
  }

  /** A new issue under the next number of its project. */
  create(project: TwinProject, seed: IssueSeed): TwinIssue {
    const numbers = this.issues
      .filter((issue) => issue.project === project)
      .map(({ key }) => Number(key.split("-")[1]));
    return this.#add(project, Math.max(0, ...numbers) + 1, seed);
  }

  /** Somebody moves an issue to another project. Gives its new key. */
  move(issue: TwinIssue, projectKey: string): string {
    const project = this.#project(projectKey);
    this.#formerKeys.set(issue.key, issue);
    const { key } = this.create(project, { summary: "holds the number" });
    this.issues.splice(
      this.issues.findIndex((each) => each.key === key),
      1,
    );
    issue.key = key;
    issue.project = project;
    return key;
  }

  nextId(): string {
    return String(++this.#last);
  }

  touch(issue: TwinIssue): void {
    issue.updated = new Date(this.#now()).toISOString().replace("Z", "+0000");
  }

  #project(key: string): TwinProject {
    const project = this.projects.find((each) => each.key === key);
    if (project === undefined) throw new TypeError(`twin: no project ${key}`);
    return project;
  }

  #add(project: TwinProject, number: number, seed: IssueSeed): TwinIssue {
    const now = new Date(this.#now()).toISOString().replace("Z", "+0000");
    const status = STATUSES.find(({ name }) => name === (seed.status ?? "Open"));
    if (status === undefined) throw new TypeError(`twin: no status ${seed.status ?? ""}`);
    const issue: TwinIssue = {
      id: this.nextId(),
      key: `${project.key}-${number}`,
      project,
      status,
      type: seed.type ?? "Task",
      summary: seed.summary,
      description: undefined,
      priority: seed.priority,
      labels: seed.labels ?? [],
      assignee: seed.assignee,
      duedate: undefined,
      links: seed.links ?? [],
      created: now,
      updated: now,
      comments: (seed.comments ?? []).map((body) => ({ id: this.nextId(), body, properties: [] })),
      properties: new Map(),
    };
    this.issues.push(issue);
    return issue;
  }
}
