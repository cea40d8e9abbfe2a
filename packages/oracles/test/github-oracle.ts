import { createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type GatewayRequest, canonicalRequest } from "@watchword/core";
import { githubTwin } from "@watchword/emulators/github";
import { Octokit } from "@octokit/core";

export const MAIN = "a".repeat(40);
export const FEATURE = "f".repeat(40);
const KEY = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ACME = { login: "acme", id: 9 };

/** A twin with one App on one owner's repository. */
export function startTwin() {
  return githubTwin({
    apps: [{ id: 7, slug: "watchword", publicKey: KEY.publicKey.export({ format: "jwk" }) }],
    installations: [
      {
        id: 42,
        appId: 7,
        account: ACME,
        permissions: {
          contents: "write",
          issues: "write",
          pull_requests: "write",
          checks: "write",
          actions: "read",
        },
        repositories: "all",
      },
    ],
    repositories: [
      {
        id: 123,
        name: "app",
        owner: ACME,
        branches: {
          main: { commit: MAIN, protected: true, files: { "docs/a.md": "hello\n" } },
          feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "docs/b.md": "more\n" } },
        },
        pulls: [{ number: 7, head: "feature" }],
        issues: [{ number: 3, title: "A page is missing" }],
        runs: [
          {
            id: 900,
            checkSuiteId: 800,
            path: ".github/workflows/evals.yml",
            event: "push",
            headSha: FEATURE,
            headBranch: "main",
            conclusion: "success",
            jobs: [{ id: 700, name: "evals", conclusion: "success" }],
          },
        ],
      },
      { id: 124, name: "other", owner: ACME, branches: { main: {} } },
    ],
  });
}

/** The stock client with a token, as an application makes it, pointed at the twin. */
export function client(baseUrl: string, auth: string): Octokit {
  return new Octokit({ baseUrl, auth });
}

/** The stock client, given a fetch that keeps what a gateway would receive and answers with an empty object. */
export function capturingClient() {
  const requests: GatewayRequest[] = [];
  const capture: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    const target = `${pathname}${search}`;
    requests.push(canonicalRequest({ method: request.method, target, headers: [...request.headers], body }));
    return Response.json({});
  };
  return { requests, client: new Octokit({ request: { fetch: capture } }) };
}

/** A token by which the App names itself. */
export function appToken(life = 540): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iss: "7", iat: now - 60, exp: now + life })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(KEY.privateKey, "base64url")}`;
}

/** Every endpoint of GitHub's reference, as the stock client's types list them: `GET /repos/{owner}/{repo}`. */
export function documentedEndpoints(): readonly { readonly method: string; readonly path: RegExp }[] {
  const fromHere = createRequire(import.meta.url);
  const fromClient = createRequire(fromHere.resolve("@octokit/core"));
  const types = fromClient.resolve("@octokit/types/package.json");
  const text = readFileSync(types.replace(/package\.json$/, "dist-types/generated/Endpoints.d.ts"), "utf8");
  return [...text.matchAll(/^ {4}"([A-Z]+) (\/[^"]*)":/gm)].map(([, method = "", template = ""]) => ({
    method,
    path: new RegExp(
      `^${template.replace(/\{(\w+)\}/g, (_, name) => (name === "path" || name === "ref" ? ".+" : "[^/]+"))}$`,
    ),
  }));
}
