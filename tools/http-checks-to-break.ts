import type { BrokenCheck } from "./checks-to-break.ts";

const FORM = "packages/broker/src/http/read-form-request.ts";
const CLIENT = "packages/middleware/src/http-broker.ts";
const ANSWER = "packages/middleware/src/read-token-answer.ts";

const ROUTES = ["packages/broker/test/http.test"];
const BROKER = ["packages/middleware/test/http-broker.test"];
const SOCKET = ["packages/gateway/test/listen-socket.test"];
const SERVER = ["packages/server/test/server.test"];
const STRANGERS = ["packages/broker/test/strangers.test"];

/** What the way over HTTP rests on, to be broken like the checks of the boundary. */
export const HTTP_CHECKS: readonly BrokenCheck[] = [
  {
    name: "http: no parameter comes twice",
    file: FORM,
    find: "if (seen.has(name))",
    replace: 'if (name === " ")',
    tests: ROUTES,
  },
  {
    name: "http: nothing in the query",
    file: FORM,
    find: 'if (new URL(request.url).search !== "")',
    replace: 'if (request.url === "")',
    tests: ROUTES,
  },
  {
    name: "http: no client authentication",
    file: FORM,
    find: "if (CLIENT_AUTHENTICATION.some((name) => form.has(name)))",
    replace: "if (CLIENT_AUTHENTICATION.length === 0)",
    tests: ROUTES,
  },
  {
    name: "http: a form and nothing else",
    file: FORM,
    find: 'if (!FORM.test(request.headers.get("content-type")?.trim() ?? ""))',
    replace: "if (FORM === null)",
    tests: ROUTES,
  },
  {
    name: "http: one proof",
    file: "packages/broker/src/http/read-proof-header.ts",
    find: "if (!/^[A-Za-z0-9_.-]+$/.test(proof))",
    replace: 'if (proof === " ")',
    tests: ROUTES,
  },
  {
    name: "http: an answer is not stored",
    file: "packages/broker/src/http/answer-json.ts",
    find: '"cache-control": "no-store",',
    replace: "",
    tests: ROUTES,
  },
  {
    name: "http: no Bearer token is taken",
    file: ANSWER,
    find: 'if (token_type !== "DPoP" && token_type !== "N_A") return undefined;',
    replace: 'if (token_type === "") return undefined;',
    tests: BROKER,
  },
  {
    name: "http: the token is of the kind that was asked for",
    file: CLIENT,
    find: "if (answer.ok && !fits(answer.issued_token_type, form.requested_token_type))",
    replace: "if (answer.ok && !fits(answer.issued_token_type, undefined))",
    tests: BROKER,
  },
  {
    name: "http: no text of the wire reaches the model",
    file: ANSWER,
    find: "error_description: text,",
    replace: 'error_description: String(body["error_description"] ?? text),',
    tests: BROKER,
  },
  {
    name: "http: tokens follow no redirect",
    file: CLIENT,
    find: 'redirect: "error",',
    replace: "",
    tests: BROKER,
  },
  {
    name: "http: no tokens in the clear",
    file: CLIENT,
    find: 'if (url === undefined || !(url.protocol === "https:" || plain)',
    replace: 'if (url === undefined || !(url.protocol === "https:" || url.protocol === "http:")',
    tests: BROKER,
  },
  {
    name: "socket: its user's alone",
    file: "packages/gateway/src/bind-socket.ts",
    find: "await chmod(hidden, 0o600);",
    replace: "",
    tests: SOCKET,
  },
  {
    name: "socket: two that begin at once do not both have it",
    file: "packages/gateway/src/bind-socket.ts",
    find: "await link(hidden, path);",
    replace: 'await (await import("node:fs/promises")).rename(hidden, path);',
    tests: SOCKET,
  },
  {
    name: "socket: one that is in use is not taken",
    file: "packages/gateway/src/bind-socket.ts",
    find: "if (await answers(path))",
    replace: "if ((await answers(path)) === null)",
    tests: SOCKET,
  },
  {
    name: "server: production refuses development settings",
    file: "packages/server/src/check-mode.ts",
    find: "    refuseDevelopment(configuration);\n",
    replace: "",
    tests: SERVER,
  },
  {
    name: "server: development listens for nobody else",
    file: "packages/server/src/check-mode.ts",
    find: "if (!isLocal(document[part]?.listen ?? {}))",
    replace: "if (document[part] === null)",
    tests: SERVER,
  },
  {
    name: "http: a flood that lasts is one record of each reason and minute",
    file: "packages/broker/src/counted-refusals.ts",
    find: 'if (early && which === "due") continue;',
    replace: 'if (early && which === "all") continue;',
    tests: ["packages/broker/test/denial-flood.test"],
  },
  {
    name: "http: strangers who are refused are answered in turns",
    file: "packages/broker/src/http/pace-strangers.ts",
    find: "if (!isRefusalOfStranger(context.res)) return;",
    replace: "if (context.res.status > 0) return;",
    tests: STRANGERS,
  },
  {
    name: "http: a request that was refused is a stranger's unless it was said otherwise",
    file: "packages/broker/src/http/caller-of-answer.ts",
    find: "said === undefined ? status >= 400 && status < 500 :",
    replace: "said === undefined ? false :",
    tests: STRANGERS,
  },
  {
    name: "http: who is known does not wait among strangers",
    file: "packages/broker/src/http/caller-of-answer.ts",
    find: 'return callerKnown ? "known" : "stranger";',
    replace: 'return callerKnown ? "stranger" : "stranger";',
    tests: STRANGERS,
  },
  {
    name: "http: an approver's waiting tells of no other tenant's approval",
    file: "packages/broker/src/approvals/approver-refusal.ts",
    find: 'detail: "no such approval",\n    failedFact: "approval",\n    callerKnown: true,',
    replace: 'detail: "no such approval",\n    failedFact: "approval",',
    tests: STRANGERS,
  },
  {
    name: "http: a proof alone makes nobody known at introspection",
    file: "packages/broker/src/http/introspection-route.ts",
    find: '"workload" in presented || said.active ? "known" : "stranger"',
    replace: '"workload" in presented || said.active ? "known" : "known"',
    tests: STRANGERS,
  },
  {
    name: "http: no more than so many strangers wait",
    file: "packages/broker/src/http/strangers-pace.ts",
    find: "if (this.#waiting.size >= MOST_WAITING) return false;",
    replace: "if (this.#waiting.size < 0) return false;",
    tests: STRANGERS,
  },
  {
    name: "http: what waits holds nothing of what it was sent",
    file: "packages/gateway/src/read-incoming.ts",
    find: "{ body: readOnce(body), duplex",
    replace: "{ body, duplex",
    tests: STRANGERS,
  },
  {
    name: "http: who waits and leaves makes room",
    file: "packages/broker/src/http/strangers-pace.ts",
    find: "      this.#waiting.delete(resolve);\n",
    replace: "",
    tests: STRANGERS,
  },
  {
    name: "http: a stranger's revocation is no occasion to go through what is due",
    file: "packages/broker/src/tokens.ts",
    find: 'if (revoked === "token") await sweep();',
    replace: "await sweep();",
    tests: STRANGERS,
  },
];
