import type { BrokenCheck } from "./checks-to-break.ts";

const SHIM = "packages/middleware/src/loopback-shim.ts";
const SHIM_REQUEST = "packages/middleware/src/read-shim-request.ts";

const SHARED = "packages/broker/src/shared-lease.ts";

const RUN_LEASES = ["packages/broker/test/leases-run.test"];
const LOOPBACK = ["packages/middleware/test/loopback.test"];

/** What the ways to and from the gateway rest on, to be broken like the checks of the boundary. */
export const GATEWAY_CHECKS: readonly BrokenCheck[] = [
  {
    name: "shim: only its own Host",
    file: SHIM_REQUEST,
    find: "if (hosts.length !== 1 || hosts[0] !== name)",
    replace: "if (hosts.length !== 1)",
    tests: LOOPBACK,
  },
  {
    name: "shim: no page with an Origin",
    file: SHIM_REQUEST,
    find: 'if (valuesOf("origin").length > 0 || valuesOf("sec-fetch-site").length > 0)',
    replace: 'if (valuesOf("sec-fetch-site").length > 0)',
    tests: LOOPBACK,
  },
  {
    name: "shim: no browser without an Origin",
    file: SHIM_REQUEST,
    find: ' || valuesOf("sec-fetch-site").length > 0)',
    replace: ")",
    tests: LOOPBACK,
  },
  {
    name: "shim: only who knows its token",
    file: SHIM_REQUEST,
    find: "if (path === undefined) throw",
    replace: 'if (path === " ") throw',
    tests: LOOPBACK,
  },
  {
    name: "shim: a target in origin form",
    file: SHIM_REQUEST,
    find: 'if (!target.startsWith("/") || target.startsWith("//"))',
    replace: 'if (target === " ")',
    tests: LOOPBACK,
  },
  {
    name: "shim: only the lease's origins",
    file: SHIM,
    find: "if (origin === undefined || !origins.includes(origin))",
    replace: "if (origin === undefined)",
    tests: LOOPBACK,
  },
  {
    name: "shim: its socket is its user's alone",
    file: SHIM,
    find: "await chmod(socketPath, 0o600);",
    replace: "",
    tests: LOOPBACK,
  },
  {
    name: "shim: closed with its call",
    file: "packages/middleware/src/run-tool.ts",
    find: "await loopbacks.close();",
    replace: "",
    tests: LOOPBACK,
  },
  {
    name: "shim: none is opened after its call",
    file: "packages/middleware/src/call-loopbacks.ts",
    find: "if (closed)",
    replace: "if (opened.length > 9)",
    tests: LOOPBACK,
  },
  {
    name: "run lease: within one run",
    file: SHARED,
    find: "    record.id,\n",
    replace: "",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: only where the grant says so",
    file: SHARED,
    find: 'permission.leaseFor === "run" &&',
    replace: "",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: not what names its action",
    file: SHARED,
    find: "adapter.audience === undefined;",
    replace: "true;",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: only while what it shares lives",
    file: SHARED,
    find: "lease.revocation === null && lease.expiresAt > numericDate(context.clock);",
    replace: "true;",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: dead at the gateway with what it shares",
    file: "packages/broker/src/broker-lease-directory.ts",
    find: " || (lease.base !== undefined && over(base))",
    replace: "",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: no longer than what it shares",
    file: "packages/broker/src/open-lease.ts",
    find: "base?.expiresAt ?? Infinity,",
    replace: "Infinity,",
    tests: RUN_LEASES,
  },
  {
    name: "run lease: for reads",
    file: "packages/policy/src/check-grant-operation.ts",
    find: 'grant.leaseFor === "run" && operation.access !== "read"',
    replace: 'grant.leaseFor === "run" && operation.title === ""',
    tests: ["packages/policy/test/check-operations.test"],
  },
];
