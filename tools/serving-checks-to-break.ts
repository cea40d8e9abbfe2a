import type { BrokenCheck } from "./checks-to-break.ts";

const SERVER = "packages/server/src";
const GATEWAY = ["packages/server/test/gateway.test"];
const APART = ["apps/broker/test/gateway-apart.test"];
const TRANSIT = ["packages/server/test/transit.test"];
const FEDERATION = ["packages/server/test/federation.test"];

/** What a gateway in a process of its own, keys in a transit engine and a federation issuer rest on by configuration. */
export const SERVING_CHECKS: readonly BrokenCheck[] = [
  {
    name: "serving: leases only for whoever shows a certificate",
    file: "packages/gateway/src/listen.ts",
    find: "requestCert: true,\n    rejectUnauthorized: true,",
    replace: "requestCert: true,\n    rejectUnauthorized: false,",
    tests: APART,
  },
  {
    name: "serving: a gateway's key is the one that the broker encrypts to",
    file: "packages/gateway/src/http-lease-directory.ts",
    find: "if (gateway_key !== (await thumbprint(key.publicJwk)))",
    replace: "if (gateway_key === undefined)",
    tests: GATEWAY,
  },
  {
    name: "serving: a stopping broker takes outcomes that are under way",
    file: `${SERVER}/lease-listener.ts`,
    find: "if (uses.size > 0) await closing.promise;",
    replace: "",
    tests: GATEWAY,
  },
  {
    name: "serving: a stopping broker opens no lease",
    file: `${SERVER}/lease-listener.ts`,
    find: "if (closing !== undefined) throw",
    replace: "if (uses.size < 0) throw",
    tests: GATEWAY,
  },
  {
    name: "serving: a private key is not everybody's to read",
    file: `${SERVER}/read-setting-file.ts`,
    find: ".mode & 0o007) !== 0",
    replace: ".mode & 0o000) !== 0",
    tests: GATEWAY,
  },
  {
    name: "serving: a gateway asks its broker over TLS",
    file: `${SERVER}/document-parts.ts`,
    find: 'Origin.refine((text) => text.startsWith("https://"), {',
    replace: "Origin.refine(() => true, {",
    tests: GATEWAY,
  },
  {
    name: "serving: a transit engine's token goes nowhere in the clear",
    file: `${SERVER}/keys-document.ts`,
    find: 'text.startsWith("https://") || isLocalHost(new URL(text).hostname)',
    replace: 'text !== ""',
    tests: TRANSIT,
  },
  {
    name: "serving: every kind of token has a key of its own",
    file: `${SERVER}/keys-document.ts`,
    find: "return new Set(named).size === named.length;",
    replace: "return named.length >= 0;",
    tests: TRANSIT,
  },
  {
    name: "serving: a named authority is the only one that is trusted",
    file: `${SERVER}/fetch-trusting.ts`,
    find: "rejectUnauthorized: true,",
    replace: "rejectUnauthorized: false,",
    tests: TRANSIT,
  },
  {
    name: "serving: the federation issuer is not the broker's",
    file: `${SERVER}/federation-listener.ts`,
    find: "if (withoutSlash(federation.issuer) === withoutSlash(issuer))",
    replace: 'if (issuer === "")',
    tests: FEDERATION,
  },
  {
    name: "serving: the federation issuer answers to its own host alone",
    file: `${SERVER}/federation-listener.ts`,
    find: "hosts: [new URL(federation.issuer).host],",
    replace: "",
    tests: FEDERATION,
  },
  {
    name: "serving: the chart keeps a gateway's private key out of a ConfigMap",
    file: "apps/broker/chart/templates/configuration.yaml",
    find: '{{- if contains "\\"d\\"" .Values.gateway.publicKey }}',
    replace: "{{- if false }}",
    tests: ["apps/broker/test/chart-gateway.test"],
  },
];
