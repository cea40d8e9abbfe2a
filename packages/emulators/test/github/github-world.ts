import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { type GithubTwin, type GithubTwinOptions, githubTwin } from "@watchword/emulators/github";

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });
const KEYS = { app: pair(), stranger: pair() };
const ACME = { login: "acme", id: 9 };
const GLOBEX = { login: "globex", id: 8 };

const WORKFLOWS = {
  ".github/workflows/deploy.yml":
    "on:\n  workflow_dispatch:\n    inputs:\n      target:\n        type: string\n",
  ".github/workflows/test.yml": "on: push\n",
};

/** Commits of main and feature. */
export const MAIN = "a".repeat(40);
export const FEATURE = "f".repeat(40);

/** Seconds of the world's clock at its beginning. */
export const START = 1_788_264_000;

const options: GithubTwinOptions = {
  apps: [
    {
      id: 7,
      slug: "agents",
      publicKey: KEYS.app.publicKey.export({ format: "pem", type: "spki" }).toString(),
    },
    { id: 8, slug: "stranger", publicKey: KEYS.stranger.publicKey.export({ format: "jwk" }) },
  ],
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
        actions: "write",
        statuses: "write",
      },
      repositories: [123],
    },
    { id: 43, appId: 8, account: GLOBEX, permissions: { issues: "read" }, repositories: "all" },
  ],
  repositories: [
    {
      id: 123,
      name: "app",
      owner: ACME,
      branches: {
        main: { commit: MAIN, files: { "docs/a.md": "hello\n", ...WORKFLOWS } },
        feature: { commit: FEATURE, files: { "docs/a.md": "hello\n", "b.md": "b\n", ...WORKFLOWS } },
        kept: { protected: true },
      },
      pulls: [
        { number: 7, head: "feature" },
        { number: 8, head: "feature", draft: true },
        { number: 9, head: "feature", mergeable: false },
      ],
      issues: [{ number: 3, title: "A page is missing" }],
    },
    { id: 124, name: "other", owner: ACME, branches: { main: {} } },
    { id: 223, name: "app", owner: GLOBEX, branches: { main: {} } },
  ],
};

/** A twin whose clock stands still until it is moved. */
export async function startWorld() {
  let seconds = START;
  const twin = await githubTwin({ ...options, clock: { now: () => seconds * 1000 } });
  return {
    twin,
    pass: (by: number): void => void (seconds += by),
    [Symbol.asyncDispose]: () => twin.close(),
  };
}

/** An App's token, signed as said. */
export function appToken(
  claims: object = {},
  { alg = "RS256", key = "app" }: { alg?: string; key?: keyof typeof KEYS } = {},
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg, typ: "JWT" })}.${encode({ iss: "7", iat: START - 60, exp: START + 540, ...claims })}`;
  const signature =
    alg === "HS256"
      ? createHmac("sha256", KEYS[key].publicKey.export({ format: "pem", type: "spki" }))
          .update(text)
          .digest("base64url")
      : createSign("RSA-SHA256").update(text).sign(KEYS[key].privateKey, "base64url");
  return `${text}.${signature}`;
}

/** Status and body of one request. */
export async function ask(
  twin: GithubTwin,
  method: string,
  path: string,
  {
    token,
    body,
    userAgent,
  }: { readonly token?: string; readonly body?: object; readonly userAgent?: string } = {},
) {
  const response = await fetch(`${twin.url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

/** An installation token of one repository. */
export async function mint(twin: GithubTwin, permissions: object, more: object = { repository_ids: [123] }) {
  const { body } = await ask(twin, "POST", "/app/installations/42/access_tokens", {
    token: appToken(),
    body: { permissions, ...more },
  });
  return String(body["token"]);
}
