import type { BrokenCheck } from "./checks-to-break.ts";

const SHIM = "packages/middleware/src/loopback-shim.ts";
const SHIM_REQUEST = "packages/middleware/src/read-shim-request.ts";

const SHARED = "packages/broker/src/shared-lease.ts";

const STREAM = "packages/gateway/src/stream-answer.ts";
const SCANNER = "packages/gateway/src/secret-scanner.ts";

const STREAMS = ["packages/gateway/test/streams.test"];
const SCANS = ["packages/gateway/test/secret-scanner.test"];
const LOOKUP = "packages/gateway/src/checked-lookup.ts";
const SENDER = "packages/gateway/src/undici-sender.ts";

const ADDRESSES = ["packages/gateway/test/addresses.test"];
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
  {
    name: "stream: searched before it goes on",
    file: STREAM,
    find: 'if (safe === undefined) return cut("quoted");',
    replace: "if (safe === undefined) return controller.enqueue(next.value);",
    tests: STREAMS,
  },
  {
    name: "stream: not more than is allowed",
    file: STREAM,
    find: "if (passedOn > context.maxStreamBytes)",
    replace: "if (passedOn < 0)",
    tests: STREAMS,
  },
  {
    name: "stream: not slower than is allowed",
    file: STREAM,
    find: 'timers.within(() => void cut("bounds"), pieces.next());',
    replace: "timers.within(() => undefined, pieces.next());",
    tests: STREAMS,
  },
  {
    name: "stream: a lease ended before its time ends it",
    file: STREAM,
    find: "stopEnd = schedule(over, Math.max(millisecondsLeft(endsAt), 0));",
    replace: "stopEnd = schedule(over, Math.max(left, 0));",
    tests: STREAMS,
  },
  {
    name: "stream: the system is told to stop",
    file: STREAM,
    find: "    answer.cancel();\n    await finish(cause);",
    replace: "    await finish(cause);",
    tests: STREAMS,
  },
  {
    name: "stream: nothing is begun that quotes in its headers",
    file: "packages/gateway/src/forward.ts",
    find: "mayStream(route, lease) &&",
    replace: "mayStream(route, lease) ||",
    tests: STREAMS,
  },
  {
    name: "scanner: an end that a spelling begins with is held back",
    file: SCANNER,
    find: "if (text.endsWith(spelling.slice(0, length))) most = length;",
    replace: "if (text.endsWith(spelling)) most = length;",
    tests: SCANS,
  },
  {
    name: "scanner: an escape that is not there whole is held back",
    file: SCANNER,
    find: "open = Math.min(open, placeOf(next));",
    replace: "open = Math.min(open, text.length);",
    tests: SCANS,
  },
  {
    name: "scanner: percent-encoding within JSON's escapes",
    file: SCANNER,
    find: "const decoded = undo(unescaped, PERCENT);",
    replace: "const decoded = undo(plain, PERCENT);",
    tests: SCANS,
  },
  {
    name: "address: each that a name has",
    file: LOOKUP,
    find: "if (first === undefined || bad !== undefined)",
    replace: "if (first === undefined)",
    tests: ADDRESSES,
  },
  {
    name: "address: one that is written as such, too",
    file: SENDER,
    find: "if (isIP(host) !== 0) checkLiteral(host, allowed);",
    replace: "",
    tests: ADDRESSES,
  },
  {
    name: "address: outside unless declared",
    file: SENDER,
    find: 'outside: agent(["public"])',
    replace: "outside: agent(INSIDE)",
    tests: ADDRESSES,
  },
  {
    name: "address: this machine means this machine",
    file: SENDER,
    find: 'here: agent(["loopback"])',
    replace: 'here: agent(["loopback", "public"])',
    tests: ADDRESSES,
  },
  {
    name: "address: nobody's system, within a private range or not",
    file: "packages/gateway/src/address-kind.ts",
    find: 'if (within(REFUSED)) return "refused";',
    replace: "",
    tests: ADDRESSES,
  },
  {
    name: "address: IPv4 within IPv6",
    file: "packages/gateway/src/address-kind.ts",
    find: 'return found === undefined ? "public" : addressKind(embedded(address, found.hextet));',
    replace: 'return "public";',
    tests: ADDRESSES,
  },
  {
    name: "address: what was refused was not sent",
    file: "packages/gateway/src/send-outbound.ts",
    find: "if (Refusal.is(error)) throw error;",
    replace: "",
    tests: ADDRESSES,
  },
  {
    name: "http: an answer that is passed on is a read's",
    file: "packages/adapters/http/src/check-operation.ts",
    find: 'if (access === "write") return [{ path: ["stream"]',
    replace: 'if (access === undefined) return [{ path: ["stream"]',
    tests: ["packages/adapters/http/test/outcomes.test"],
  },
  {
    name: "gateway: each part of a credential that has several is held back",
    file: "packages/gateway/src/contains-secret.ts",
    find: 'if (!secret.startsWith("{")) return [];',
    replace: "return [];",
    tests: ["packages/gateway/test/answers.test"],
  },
];
