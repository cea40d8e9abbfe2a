import { AccessTokens, type TokenGrant } from "./access-tokens.ts";
import type { ApiRequest } from "./http-exchange.ts";
import { commentBody, issueBody, projectBody, transitionsBody } from "./issue-view.ts";
import {
  addComment,
  applyTransition,
  createIssue,
  isBody,
  keepProperties,
  member,
  setFields,
  updateLabels,
} from "./issue-writes.ts";
import { JiraProblem, noIssue, refused, unauthorized } from "./jira-problem.ts";
import { matchJql } from "./match-jql.ts";
import { SiteState, type TwinIssue } from "./site-state.ts";
import type { JiraTwinOptions } from "./twin-options.ts";

/** What the API answers, and what happened. */
export interface ApiResult {
  readonly kind: "read" | "write" | "token";
  readonly status: number;
  readonly body: object | undefined;
  readonly changed: boolean;
  readonly site: string | undefined;
}

type Given = Pick<ApiResult, "status" | "body">;

/** A request that was let in: by whom, and to which site. */
interface Caller {
  readonly site: SiteState;
  readonly grant: TokenGrant;
  readonly path: string;
}

/** What Jira answers when it fails itself. */
export const SERVER_ERROR = Object.freeze({ errorMessages: ["Internal server error"], errors: {} });

/** Jira without its connections. */
export class JiraApi {
  readonly tokens: AccessTokens;
  readonly sites: ReadonlyMap<string, SiteState>;
  readonly #dataCenter: boolean;

  constructor(options: JiraTwinOptions, now: () => number) {
    this.tokens = new AccessTokens(options, now);
    this.#dataCenter = options.dataCenter === true;
    this.sites = new Map(
      Object.entries(options.sites).map(([id, seed]) => [id, new SiteState(id, seed, now)]),
    );
  }

  answer(request: ApiRequest): ApiResult {
    const { method, path } = request;
    const isToken = path === (this.#dataCenter ? "/rest/oauth2/latest/token" : "/oauth/token");
    const kind = isToken ? "token" : method === "GET" ? "read" : "write";
    let site: string | undefined;
    try {
      if (isToken && method === "POST")
        return { kind, status: 200, body: this.tokens.answer(request), changed: true, site };
      if (!this.#dataCenter && path === "/oauth/token/accessible-resources")
        return { kind, status: 200, body: this.#resources(request), changed: false, site };
      const caller = this.#caller(request);
      site = caller.site.id;
      const given = kind === "read" ? this.#read(caller, request) : this.#write(caller, request);
      return { kind, ...given, changed: kind === "write", site };
    } catch (error) {
      if (!(error instanceof JiraProblem)) throw error;
      return { kind, status: error.status, body: error.body, changed: false, site };
    }
  }

  #resources({ authorization }: ApiRequest): object {
    const grant = this.tokens.grantOf(authorization);
    if (grant === undefined) throw unauthorized(false, "unknown");
    return [...this.sites.values()]
      .filter(({ id }) => reaches(grant, id))
      .map(({ id, url }) => ({ id, url, name: id, scopes: grant.scopes, avatarUrl: url }));
  }

  /** @throws JiraProblem as what stands in front of Jira refuses */
  #caller({ method, path, authorization }: ApiRequest): Caller {
    const [, id = "", rest = ""] =
      (this.#dataCenter ? /^()\/rest\/api\/2(\/.*)$/ : /^\/ex\/jira\/([^/]+)\/rest\/api\/3(\/.*)$/).exec(
        path,
      ) ?? [];
    const grant = this.tokens.grantOf(authorization);
    if (grant === undefined) throw unauthorized(this.#dataCenter, "unknown");
    const site = this.#dataCenter ? [...this.sites.values()][0] : this.sites.get(id);
    if (rest === "" || site === undefined || !reaches(grant, site.id))
      throw this.#dataCenter
        ? refused(404, ["null for uri"])
        : new JiraProblem(404, { code: 404, message: "Not Found" });
    const wanted = method === "GET" ? ["read:jira-work", "READ", "WRITE"] : ["write:jira-work", "WRITE"];
    if (!grant.scopes.some((scope) => wanted.includes(scope))) throw unauthorized(this.#dataCenter, "scope");
    return { site, grant, path: rest };
  }

  #read({ site, grant, path }: Caller, { query }: ApiRequest): Given {
    const ok = (body: object): Given => ({ status: 200, body });
    if (path === "/serverInfo")
      return ok({ baseUrl: site.url, deploymentType: this.#dataCenter ? "Server" : "Cloud" });
    if (path === "/mypermissions") return ok(permissionsBody(grant, query.get("permissions") ?? ""));
    if (path === (this.#dataCenter ? "/search" : "/search/jql")) return ok(this.#search(site, grant, query));
    const [, collection, key = "", rest = ""] = /^\/(issue|project)\/([^/]+)(\/[a-z]+)?$/.exec(path) ?? [];
    if (collection === "project" && rest === "") {
      const project = site.projects.find((each) => each.key === key || each.id === key);
      if (project === undefined || !browses(grant, project.key))
        throw refused(404, [`No project could be found with key '${key}'.`]);
      return ok(projectBody(site, project));
    }
    if (collection !== "issue") throw refused(404, ["null for uri"]);
    const issue = visible(site, grant, key);
    if (rest === "") return ok(issueBody(site, issue, namesIn(query), this.#dataCenter));
    if (rest === "/transitions") return ok(transitionsBody(site, issue));
    if (rest === "/comment") {
      const start = Number(query.get("startAt") ?? 0);
      const most = Number(query.get("maxResults") ?? 50);
      const comments = issue.comments
        .slice(start, start + most)
        .map((comment) => commentBody(site, comment, this.#dataCenter));
      return ok({ startAt: start, maxResults: most, total: issue.comments.length, comments });
    }
    throw refused(404, ["null for uri"]);
  }

  #search(site: SiteState, grant: TokenGrant, query: URLSearchParams): object {
    const jql = query.get("jql") ?? "";
    if (jql === "") throw refused(400, ["Unbounded JQL queries are not allowed here."]);
    const seen = site.issues.filter(({ project }) => browses(grant, project.key));
    const found = matchJql(site, seen, jql);
    const most = Number(query.get("maxResults") ?? 50);
    const issues = found
      .slice(0, most)
      .map((issue) => issueBody(site, issue, namesIn(query), this.#dataCenter));
    return this.#dataCenter
      ? { startAt: 0, maxResults: most, total: found.length, issues }
      : { issues, isLast: found.length <= most };
  }

  #write({ site, grant, path }: Caller, request: ApiRequest): Given {
    const body = parseBody(request);
    const what = (rest: string): string => `${request.method} ${rest}`;
    if (path === "/issue" && request.method === "POST") {
      const fields = member(body, "fields");
      const issue = createIssue(
        site,
        isBody(fields) ? fields : {},
        ({ key }) => browses(grant, key),
        this.#dataCenter,
      );
      keepProperties(issue, body);
      return {
        status: 201,
        body: { id: issue.id, key: issue.key, self: `${site.url}/rest/api/2/issue/${issue.id}` },
      };
    }
    const [, key = "", rest = ""] = /^\/issue\/([^/]+)(\/[a-z]+)?$/.exec(path) ?? [];
    if (key === "") throw refused(404, ["null for uri"]);
    const issue = visible(site, grant, key);
    switch (what(rest)) {
      case "PUT ": {
        const [fields, update] = [member(body, "fields"), member(body, "update")];
        if (isBody(fields)) setFields(site, issue, fields, this.#dataCenter);
        if (isBody(update)) updateLabels(site, issue, update);
        keepProperties(issue, body);
        return NO_CONTENT;
      }
      case "DELETE ":
        site.issues.splice(site.issues.indexOf(issue), 1);
        return NO_CONTENT;
      case "PUT /assignee":
        setFields(site, issue, { assignee: body }, this.#dataCenter);
        return NO_CONTENT;
      case "POST /transitions":
        applyTransition(site, issue, body);
        return NO_CONTENT;
      case "POST /comment":
        return {
          status: 201,
          body: commentBody(site, addComment(site, issue, body, this.#dataCenter), this.#dataCenter),
        };
      default:
        throw refused(405, ["Method Not Allowed"]);
    }
  }
}

const NO_CONTENT: Given = Object.freeze({ status: 204, body: undefined });

const reaches = ({ client }: TokenGrant, site: string): boolean => client.sites?.includes(site) ?? true;
const browses = ({ client }: TokenGrant, project: string): boolean =>
  client.projects?.includes(project) ?? true;

function visible(site: SiteState, grant: TokenGrant, key: string): TwinIssue {
  const issue = site.find(key);
  if (issue === undefined || !browses(grant, issue.project.key)) throw noIssue();
  return issue;
}

/** `*all` and nothing at all are every field, as at Jira. */
function namesIn(query: URLSearchParams): readonly string[] {
  const names = query.getAll("fields").flatMap((text) => text.split(","));
  return names.includes("*all") ? [] : names;
}

function permissionsBody({ client }: TokenGrant, asked: string): object {
  const names = asked.split(",").filter((name) => name !== "");
  if (names.length === 0) throw refused(400, ["The 'permissions' query parameter is required."]);
  return {
    permissions: Object.fromEntries(
      names.map((key) => [key, { key, havePermission: client.permissions?.includes(key) ?? false }]),
    ),
  };
}

function parseBody({ body, contentType }: ApiRequest): Readonly<Record<string, unknown>> {
  if (body === "") return {};
  if (!contentType.startsWith("application/json")) throw refused(415, ["Unsupported Media Type"]);
  try {
    const read: unknown = JSON.parse(body);
    if (isBody(read)) return read;
  } catch {
    // Falls through to the refusal.
  }
  throw refused(400, ["There was an error parsing JSON. Check that your request body is valid."]);
}
