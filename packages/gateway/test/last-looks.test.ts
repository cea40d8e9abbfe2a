import { type Authority, Refusal } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type Asked, type Question, askGateway } from "./ask-gateway.ts";
import { READ, REFUND, reasonOf } from "./gateway-world.ts";
import { SECRET } from "./lease-desk.ts";

const LEASE = { system: "payments", leaseId: "lease_1", decisionId: "dec_1" };

/** What the operator was told: reason, failed fact and text. */
const toldOf = ({ told }: Asked): unknown[] =>
  told.map(([{ reason, failedFact, message }]) => [reason, failedFact, message]);

function nothingLeft({ sent, desk }: Asked): void {
  expect(sent).toEqual([]);
  expect(desk.log).not.toContain("claim");
}

test("the request that everything below changes reaches the system once, and nobody is told of a refusal", async () => {
  const asked = await askGateway();
  expect([asked.response.status, asked.sent, asked.told]).toEqual([
    200,
    ["https://api.payments.example/v1/refunds"],
    [],
  ]);
});

describe("what a request shows is one handle and one proof:", () => {
  test.for<[title: string, reason: string, detail: string, show: NonNullable<Question["show"]>]>([
    [
      "no Authorization",
      "lease_unknown",
      "no Authorization header",
      (headers) => headers.delete("authorization"),
    ],
    [
      "a scheme that only ends in DPoP",
      "proof_invalid",
      "the scheme is not DPoP",
      (headers, handle) => headers.set("authorization", `${handle[0]}DPoP ${handle.slice(1)}`),
    ],
    [
      "a handle with something behind it",
      "lease_unknown",
      "not one handle",
      (headers, handle) => headers.set("authorization", `DPoP ${handle}A`),
    ],
    ["no proof", "proof_invalid", "not exactly one DPoP header", (headers) => headers.delete("dpop")],
    [
      "two proofs",
      "proof_invalid",
      "not exactly one DPoP header",
      (headers) => headers.append("dpop", headers.get("dpop") ?? ""),
    ],
  ])("%s opens nothing, and the operator reads why", async ([, reason, detail, show]) => {
    const asked = await askGateway({ show });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([401, reason]);
    expect(toldOf(asked)).toEqual([[reason, "credential", `${reason}: ${detail}`]]);
    expect(asked.desk.log).toEqual([]);
    nothingLeft(asked);
  });
});

test("a body over the bound is no action, and opens nothing", async () => {
  const asked = await askGateway({ gateway: { maxRequestBytes: 8 } });
  expect(reasonOf(asked.response)).toBe("request_malformed");
  expect(toldOf(asked)).toEqual([
    ["request_malformed", "action", "request_malformed: the body is too large"],
  ]);
  expect(asked.desk.log).toEqual([]);
  nothingLeft(asked);
});

describe("a request that is not the decided action is refused, recorded, and the operator reads why:", () => {
  const broken = (): never => {
    throw new TypeError(`cannot read ${SECRET}`);
  };
  const unknown: Authority = { ...REFUND, operation: "payouts.create" };
  test.for<[title: string, reason: string, detail: string, question: Question]>([
    [
      "under another system's route",
      "target_refused",
      "the lease is for another system",
      { target: "/other/v1/refunds" },
    ],
    [
      "a target in another spelling",
      "target_refused",
      "the target is not in normal form",
      { target: "/payments/v1/charges/../refunds" },
    ],
    [
      "another charge",
      "request_mismatch",
      "differs in arguments.charge",
      { body: "charge=ch.2&amount=4200" },
    ],
    [
      "of an operation that is not in the catalogue",
      "request_mismatch",
      "the decided operation is not in the catalogue",
      { authority: unknown },
    ],
    [
      "one that the adapter breaks on",
      "request_mismatch",
      "request_mismatch: unplanned TypeError",
      { adapter: { actionOf: broken } },
    ],
    [
      "one that the adapter refuses in other words",
      "request_mismatch",
      "request_malformed: no form",
      {
        adapter: {
          actionOf: () => {
            throw new Refusal("request_malformed", { detail: "no form" });
          },
        },
      },
    ],
    [
      "one whose target the adapter refuses",
      "target_refused",
      "not for tools",
      {
        adapter: {
          actionOf: () => {
            throw new Refusal("target_refused", { detail: "not for tools", failedFact: "action" });
          },
        },
      },
    ],
  ])("%s", async ([, reason, detail, question]) => {
    const asked = await askGateway(question);
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([403, reason]);
    expect(toldOf(asked)).toEqual([[reason, "action", `${reason}: ${detail}`]]);
    expect(asked.told[0]?.[1]).toEqual(LEASE);
    expect([asked.desk.log, asked.desk.details]).toEqual([
      ["open", `refuse:${reason}`],
      [`${reason}: ${detail}`],
    ]);
    nothingLeft(asked);
  });

  test("one that cannot be built again from what was decided", async () => {
    const asked = await askGateway({ adapter: { enforce: broken } });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([403, "request_mismatch"]);
    expect(toldOf(asked)).toEqual([["request_mismatch", "action", "request_mismatch: unplanned TypeError"]]);
    expect(asked.desk.log).toEqual(["open", "refuse:request_mismatch"]);
    nothingLeft(asked);
  });

  test("also when the record fails: both are told, of the same lease", async () => {
    const asked = await askGateway({ body: "", failing: { refuse: new Error("disk full") } });
    expect(reasonOf(asked.response)).toBe("request_mismatch");
    expect(asked.told.map(([{ reason }, known]) => [reason, known])).toEqual([
      ["ledger_unavailable", LEASE],
      ["request_mismatch", LEASE],
    ]);
    nothingLeft(asked);
  });
});

describe("the last look at an address refuses", () => {
  const OWN = "the outbound URL is not of the adapter's origins";
  const TLS = "the outbound URL is not https";
  const USER = "the outbound URL names a user";
  test.for<[url: string, detail: string]>([
    ["v1/refunds", "the outbound URL is not one"],
    ["https://user@api.payments.example/v1/refunds", USER],
    ["https://:password@api.payments.example/v1/refunds", USER],
    ["https://evil.example/v1/refunds", OWN],
    ["https://api.payments.example:8443/v1/refunds", OWN],
    // The adapter itself names this origin, and still no credential travels in the clear.
    ["http://api.payments.example/v1/refunds", TLS],
    ["ftp://api.payments.example/v1/refunds", TLS],
    ["ftp://127.0.0.1/v1/refunds", TLS],
    ["ws://localhost/v1/refunds", TLS],
  ])("%s", async ([url, detail]) => {
    const asked = await askGateway({
      adapter: {
        origins: [
          "https://api.payments.example",
          "http://api.payments.example",
          "ftp://api.payments.example",
        ],
        enforce: () => ({ method: "POST", url, headers: {}, body: undefined }),
      },
    });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([403, "target_refused"]);
    expect(toldOf(asked)).toEqual([["target_refused", "action", `target_refused: ${detail}`]]);
    expect(asked.desk.log).toEqual(["open", "refuse:target_refused"]);
    nothingLeft(asked);
  });

  test.for([
    "https://api.payments.example/v1/refunds",
    "http://127.0.0.1:8080/v1/refunds",
    "http://localhost:8080/v1/refunds",
    "https://[::1]:8443/v1/refunds",
  ])("neither the adapter's own nor an emulator's on this machine: %s", async (url) => {
    const asked = await askGateway({
      adapter: { enforce: () => ({ method: "POST", url, headers: {}, body: undefined }) },
    });
    expect([asked.response.status, asked.sent]).toEqual([200, [url]]);
  });
});

/** A status that no `Response` may be made with, as another `fetch` than the platform's could give it. */
const withStatus = (status: number): Response =>
  Object.defineProperty(new Response("{}"), "status", { value: status });
const coded = (coding: string): Response =>
  new Response("{}", { status: 200, headers: { "content-encoding": coding } });

describe("an answer that may not be passed on leaves a write unknown, and the operator reads it:", () => {
  test.for<[title: string, answer: () => Response]>([
    ["a status before 200", () => withStatus(199)],
    ["a status beyond 599", () => withStatus(600)],
    ["a coding that nobody undoes", () => coded("x-own")],
    ["one that nobody undoes before one that is undone", () => coded("x-own, gzip")],
    ["one that nobody undoes after one that is undone", () => coded("gzip, x-own")],
    ["two without a comma", () => coded("gzip br")],
    ["three of which the last is cut", () => coded("gzip, br,")],
    [
      "no body, in a coding that nobody undoes",
      () => new Response(null, { headers: { "content-encoding": "zstd" } }),
    ],
  ])("%s", async ([, answer]) => {
    const asked = await askGateway({ answer });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([502, "outcome_unknown"]);
    expect(toldOf(asked)).toEqual([
      ["outcome_unknown", undefined, "outcome_unknown: no usable answer arrived"],
    ]);
    expect(asked.told[0]?.[1]).toEqual(LEASE);
    expect(asked.told[0]?.[0].decisionId).toBe("dec_1");
    expect(asked.desk.log).toEqual(["open", "claim", "settle:unknown"]);
  });

  test("and a read without an outcome: it may be asked again", async () => {
    const asked = await askGateway({
      authority: READ,
      target: "/payments/v1/charges/ch.1",
      answer: () => withStatus(101),
    });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([503, "downstream_unavailable"]);
    expect(asked.desk.log).toEqual(["open", "claim", "settle:none"]);
  });
});

describe("an answer that may be passed on is:", () => {
  test.for<[title: string, status: number, answer: () => Response]>([
    ["the first status", 200, () => new Response("{}", { status: 200 })],
    ["the last before a redirect", 299, () => new Response("{}", { status: 299 })],
    ["the first after a redirect", 400, () => new Response("{}", { status: 400 })],
    ["the last status", 599, () => new Response("{}", { status: 599 })],
    ["without a coding", 200, () => coded("identity")],
    ["in one coding", 200, () => coded("GZIP")],
    ["in several", 200, () => coded("gzip, br")],
    ["in several with more space", 200, () => coded("x-gzip  ,  deflate,br")],
  ])("%s", async ([, status, answer]) => {
    const asked = await askGateway({ answer });
    expect([asked.response.status, await asked.response.text(), asked.told]).toEqual([status, "{}", []]);
  });

  test.for([300, 399])("but no redirect (%d), and the operator reads it", async (status) => {
    const asked = await askGateway({ answer: () => withStatus(status) });
    expect([asked.response.status, reasonOf(asked.response)]).toEqual([502, "target_refused"]);
    expect(toldOf(asked)).toEqual([["target_refused", undefined, "target_refused: the system redirects"]]);
  });

  test("but no credential, and the operator reads it", async () => {
    const asked = await askGateway({ answer: () => new Response(`key ${SECRET}`) });
    expect(reasonOf(asked.response)).toBe("downstream_refused");
    expect(toldOf(asked)).toEqual([
      ["downstream_refused", undefined, "downstream_refused: the system gave the credential back"],
    ]);
  });
});

describe("where the adapter cannot say what an answer means", () => {
  const adapter = {
    outcomeOf: () => {
      throw new TypeError("broken");
    },
  };
  test("a write's effect is unknown, with the status that arrived or none", async () => {
    const [arrived, lost] = [
      await askGateway({ adapter }),
      await askGateway({ adapter, answer: () => coded("x-own") }),
    ];
    expect(arrived.desk.outcomes).toEqual([{ effect: "unknown", ids: {}, status: 200 }]);
    expect(lost.desk.outcomes).toEqual([{ effect: "unknown", ids: {}, status: 0 }]);
  });

  test("a read had none", async () => {
    const asked = await askGateway({ adapter, authority: READ, target: "/payments/v1/charges/ch.1" });
    expect(asked.desk.outcomes).toEqual([{ effect: "none", ids: {}, status: 200 }]);
  });
});

test("what goes wrong after the lease is open is told with its decision, and its text stays inside", async () => {
  const asked = await askGateway({
    adapter: {
      inject: () => {
        throw new TypeError(`invalid header ${SECRET}`);
      },
    },
  });
  expect([reasonOf(asked.response), asked.sent]).toEqual(["internal", []]);
  expect(asked.told).toEqual([[expect.objectContaining({ reason: "internal", decisionId: "dec_1" }), LEASE]]);
  expect(asked.desk.outcomes).toEqual([{ effect: "none", ids: {}, status: 0 }]);
});

test("an outcome that cannot be recorded is told with its lease", async () => {
  const asked = await askGateway({ failing: { settle: new Error("disk full") } });
  expect(asked.response.status).toBe(200);
  expect(asked.told.map(([{ reason }, known]) => [reason, known])).toEqual([["ledger_unavailable", LEASE]]);
});
