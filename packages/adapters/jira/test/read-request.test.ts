import { jira } from "@watchword/adapter-jira";
import { type GatewayRequest, canonicalRequest } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ACME, GLOBEX } from "./jira-fixture.ts";
import { refusalOf } from "./refusal-of.ts";

const adapter = jira();
const dataCenter = jira({ dataCenter: "https://jira.example" });
const API = `/ex/jira/${ACME}/rest/api/3`;
const JSON_BODY: readonly (readonly [string, string])[] = [["content-type", "application/json"]];

interface Sent {
  readonly method?: string;
  readonly target: string;
  readonly body?: unknown;
  readonly headers?: readonly (readonly [string, string])[];
}

function received({ method = "GET", target, body, headers }: Sent): GatewayRequest {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return canonicalRequest({
    method,
    target,
    headers: headers ?? (text === "" ? [] : JSON_BODY),
    body: new TextEncoder().encode(text),
  });
}

const paragraph = (...content: readonly object[]) => ({ type: "paragraph", content });
const doc = (...content: readonly object[]) => ({ type: "doc", version: 1, content });
const text = (said: string) => ({ type: "text", text: said });
const jql = (query: string) => `?jql=${encodeURIComponent(query)}`;

describe("what a tool sends is read as one operation", () => {
  test.for<{ why: string; sent: Sent; seen: object; resource?: object }>([
    {
      why: "an issue, its fields repeated or with commas between them",
      sent: { target: `${API}/issue/APP-1?fields=summary&fields=status` },
      seen: { operation: "issues.get", arguments: { issue: "APP-1", fields: ["summary", "status"] } },
    },
    {
      why: "a search",
      sent: { target: `${API}/search/jql${jql('project = "APP" AND labels IN ("a")')}&maxResults=5` },
      seen: { operation: "issues.search", arguments: { labels: ["a"], maxResults: 5 } },
      resource: { site: ACME, project: "APP" },
    },
    {
      why: "a project",
      sent: { target: `${API}/project/APP` },
      seen: { operation: "projects.get", arguments: {} },
      resource: { site: ACME, project: "APP" },
    },
    {
      why: "a new issue by its project's key",
      sent: {
        method: "POST",
        target: `${API}/issue`,
        body: { fields: { project: { key: "APP" }, issuetype: { name: "Bug" }, summary: "s" } },
      },
      seen: { operation: "issues.create", arguments: { type: "Bug", summary: "s" } },
      resource: { site: ACME, project: "APP" },
    },
    {
      why: "an edit",
      sent: {
        method: "PUT",
        target: `${API}/issue/APP-1`,
        body: { fields: { priority: { name: "High" }, description: doc(paragraph(text("a")), paragraph()) } },
      },
      seen: {
        operation: "issues.edit",
        arguments: { issue: "APP-1", priority: "High", description: "a\n" },
      },
    },
    {
      why: "labels",
      sent: {
        method: "PUT",
        target: `${API}/issue/APP-1`,
        body: { update: { labels: [{ add: "a" }, { remove: "b" }] } },
      },
      seen: { operation: "labels.change", arguments: { issue: "APP-1", add: ["a"], remove: ["b"] } },
    },
    {
      why: "a transition",
      sent: {
        method: "POST",
        target: `${API}/issue/APP-1/transitions`,
        body: { transition: { id: "21" } },
      },
      seen: { operation: "transitions.apply", arguments: { issue: "APP-1", transition: "21" } },
    },
    {
      why: "a comment",
      sent: {
        method: "POST",
        target: `${API}/issue/APP-1/comment`,
        body: { body: doc(paragraph(text("a"))) },
      },
      seen: { operation: "comments.add", arguments: { issue: "APP-1", text: "a" } },
    },
  ])("$why", ({ sent, seen, resource = { site: ACME } }) => {
    expect(adapter.actionOf(received(sent))).toEqual({ ...seen, resource });
  });

  test("at a data center: no site in the path, wiki text, a user's name", () => {
    const comment = {
      method: "POST",
      target: "/rest/api/2/issue/APP-1/comment",
      body: { body: "a *b*" },
    };
    expect(dataCenter.actionOf(received(comment))).toEqual({
      operation: "comments.add",
      resource: {},
      arguments: { issue: "APP-1", text: "a *b*" },
    });
    const search = { target: `/rest/api/2/search${jql('project = "APP"')}` };
    expect(dataCenter.actionOf(received(search))).toMatchObject({ operation: "issues.search" });
  });

  test("a site that the tool names is part of what was seen", () => {
    const target = `/ex/jira/${GLOBEX}/rest/api/3/issue/APP-1`;
    expect(adapter.actionOf(received({ target })).resource).toEqual({ site: GLOBEX });
  });
});

const create = (fields: object, more: object = {}): Sent => ({
  method: "POST",
  target: `${API}/issue`,
  body: { fields: { project: { key: "APP" }, issuetype: { name: "Bug" }, summary: "s", ...fields }, ...more },
});
const edit = (body: unknown): Sent => ({ method: "PUT", target: `${API}/issue/APP-1`, body });
const comment = (body: unknown): Sent => ({
  method: "POST",
  target: `${API}/issue/APP-1/comment`,
  body,
});
const move = (body: unknown): Sent => ({
  method: "POST",
  target: `${API}/issue/APP-1/transitions`,
  body,
});

describe("everything else is refused", () => {
  test.for<{ why: string; sent: Sent }>([
    { why: "deleting an issue", sent: { method: "DELETE", target: `${API}/issue/APP-1` } },
    { why: "many issues at once", sent: { method: "POST", target: `${API}/issue/bulk`, body: {} } },
    { why: "a bulk move", sent: { method: "POST", target: `${API}/bulk/issues/move`, body: {} } },
    { why: "an issue by its number", sent: { target: `${API}/issue/10001` } },
    { why: "attachments", sent: { method: "POST", target: `${API}/issue/APP-1/attachments`, body: {} } },
    { why: "links", sent: { method: "POST", target: `${API}/issueLink`, body: {} } },
    { why: "Jira expressions", sent: { method: "POST", target: `${API}/expression/eval`, body: {} } },
    { why: "the search of before", sent: { target: `${API}/search${jql('project = "APP"')}` } },
    { why: "another API version", sent: { target: `/ex/jira/${ACME}/rest/api/2/issue/APP-1` } },
    { why: "a latest version", sent: { target: `/ex/jira/${ACME}/rest/api/latest/issue/APP-1` } },
    { why: "Confluence by the same token", sent: { target: `/ex/confluence/${ACME}/rest/api/content` } },
    { why: "agile boards", sent: { target: `/ex/jira/${ACME}/rest/agile/1.0/board` } },
    { why: "the token's sites", sent: { target: "/oauth/token/accessible-resources" } },
    { why: "a site without its path", sent: { target: "/rest/api/3/issue/APP-1" } },
    { why: "a site that is none", sent: { target: "/ex/jira/acme/rest/api/3/issue/APP-1" } },
    { why: "expansion", sent: { target: `${API}/issue/APP-1?expand=changelog` } },
    { why: "every field", sent: { target: `${API}/issue/APP-1?fields=*all` } },
    { why: "what is linked", sent: { target: `${API}/issue/APP-1?fields=issuelinks` } },
    { why: "a field twice", sent: { target: `${API}/issue/APP-1?fields=summary&fields=summary` } },
    { why: "a search without JQL", sent: { target: `${API}/search/jql?maxResults=5` } },
    {
      why: "JQL twice",
      sent: {
        target: `${API}/search/jql${jql('project = "APP"')}&${jql('project = "SEC"').slice(1)}`,
      },
    },
    {
      why: "the next page of who knows which search",
      sent: { target: `${API}/search/jql${jql('project = "APP"')}&nextPageToken=x` },
    },
    { why: "a number in another spelling", sent: { target: `${API}/issue/APP-1/comment?startAt=01` } },
    { why: "a body with a read", sent: { target: `${API}/issue/APP-1`, body: {} } },
    { why: "a transition's own fields", sent: move({ transition: { id: "21" }, fields: { summary: "x" } }) },
    { why: "a transition by name", sent: move({ transition: { name: "Finish" } }) },
    { why: "a new issue that moves along at once", sent: create({}, { transition: { id: "21" } }) },
    { why: "a parent", sent: create({ parent: { key: "SEC-1" } }) },
    { why: "a field that is not declared", sent: create({ customfield_10010: "x" }) },
    { why: "a reporter", sent: create({ reporter: { accountId: "x" } }) },
    { why: "a project both by key and by number", sent: create({ project: { key: "APP", id: "1" } }) },
    { why: "properties of the tool's own", sent: create({}, { properties: [{ key: "a", value: 1 }] }) },
    { why: "an edit that moves", sent: edit({ fields: { project: { key: "SEC" } } }) },
    { why: "an edit of nothing", sent: edit({ fields: {} }) },
    { why: "fields and update at once", sent: edit({ fields: { summary: "x" }, update: { labels: [] } }) },
    { why: "another update", sent: edit({ update: { comment: [{ add: { body: "x" } }] } }) },
    {
      why: "labels in another order",
      sent: edit({ update: { labels: [{ remove: "b" }, { add: "a" }] } }),
    },
    {
      why: "nobody to be told of an edit",
      sent: { ...edit({ fields: { summary: "x" } }), target: `${API}/issue/APP-1?notifyUsers=false` },
    },
    {
      why: "a comment for some alone",
      sent: comment({ body: doc(paragraph(text("a"))), visibility: { type: "role", value: "x" } }),
    },
    { why: "wiki markup at Jira Cloud", sent: comment({ body: "a" }) },
    {
      why: "a mention",
      sent: comment({ body: doc(paragraph({ type: "mention", attrs: { id: "x" } })) }),
    },
    {
      why: "a link",
      sent: comment({
        body: doc(
          paragraph({ ...text("a"), marks: [{ type: "link", attrs: { href: "https://x.example" } }] }),
        ),
      }),
    },
    { why: "a picture", sent: comment({ body: doc({ type: "mediaSingle", content: [] }) }) },
    { why: "a fraction", sent: comment('{"body":1.5}') },
    { why: "a member twice", sent: comment('{"body":"a","body":"b"}') },
    {
      why: "a body of another type",
      sent: { ...edit({ fields: { summary: "x" } }), headers: [["content-type", "text/plain"]] },
    },
    {
      why: "a body that is packed",
      sent: {
        ...edit({ fields: { summary: "x" } }),
        headers: [...JSON_BODY, ["content-encoding", "gzip"]],
      },
    },
  ])("$why", async ({ sent }) => {
    expect((await refusalOf(() => adapter.actionOf(received(sent)))).reason).toBe("request_mismatch");
  });
});
