import { generateKeyPairSync } from "node:crypto";
import { githubTwin } from "@watchword/emulators/github";

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const owner = { login: "acme", id: 9 };
await using twin = await githubTwin({
  apps: [{ id: 7, slug: "agents", publicKey: publicKey.export({ format: "jwk" }) }],
  installations: [
    { id: 42, appId: 7, account: owner, permissions: { contents: "write" }, repositories: [123] },
  ],
  repositories: [
    {
      id: 123,
      name: "app",
      owner,
      branches: { main: {}, feature: {} },
      pulls: [{ number: 7, head: "feature" }],
    },
  ],
});
const headers = { authorization: `Bearer ${twin.jobToken("acme/app", { contents: "write" })}` };
const merge = (sha: string) =>
  fetch(`${twin.url}/repos/acme/app/pulls/7/merge`, {
    method: "PUT",
    headers,
    body: JSON.stringify({ sha }),
  });

const decided = twin.head("acme/app", "feature") ?? "";
twin.push("acme/app", "feature", { "a.md": "slipped in" });
/** 409: the head moved after it was decided, and nothing was merged. */
export const moved = { status: (await merge(decided)).status, merged: twin.pull("acme/app", 7)?.merged };
