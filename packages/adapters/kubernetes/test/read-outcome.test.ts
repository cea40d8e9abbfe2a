import { kubernetes } from "@watchword/adapter-kubernetes";
import { newAction } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { ORIGIN } from "./kubernetes-fixture.ts";

const adapter = kubernetes({ baseUrl: ORIGIN });
const UID = "3f1c8a52-7e60-4f0a-9d2b-5a0c1e2d3f40";
const authorityOf = (operation: string, values: Parameters<typeof newAction>[0]["arguments"]) =>
  adapter.plan({ system: "cluster", operation, resource: { namespace: "acme" }, arguments: values });
const SCALE = authorityOf("deployments.scale", { name: "web", replicas: 3 });
const DELETE = authorityOf("pods.delete", { name: "web-1", uid: UID });
const answer = (status: number, body: unknown) => ({
  status,
  headers: {},
  body: new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
});
const failure = (code: number, reason: string) => ({ kind: "Status", status: "Failure", reason, code });

describe("what an answer to a write says", () => {
  test.for<[name: string, status: number, body: unknown, effect: string]>([
    ["the object that changed", 200, { kind: "Scale", metadata: { name: "web", uid: UID } }, "done"],
    ["another object", 200, { kind: "Scale", metadata: { name: "api", uid: UID } }, "unknown"],
    ["another kind", 200, { kind: "Deployment", metadata: { name: "web", uid: UID } }, "unknown"],
    ["a page of somebody else", 200, "<html>", "unknown"],
    ["nothing", 200, "", "unknown"],
    ["a refusal", 403, failure(403, "Forbidden"), "none"],
    ["a conflict", 409, failure(409, "Conflict"), "none"],
    ["a refusal of another code than its own", 403, failure(500, "InternalError"), "unknown"],
    ["a refusal that is not the API server's", 403, "<html>forbidden</html>", "unknown"],
    ["pacing, in plain text", 429, "Too many requests, please try again later.\n", "none"],
    ["pacing by somebody else", 429, "slow down", "unknown"],
    ["a timeout, after which it may still happen", 504, failure(504, "Timeout"), "unknown"],
    ["a failure of its store", 500, failure(500, "InternalError"), "unknown"],
  ])("%s", ([, status, body, effect]) => {
    expect(adapter.outcomeOf(SCALE, answer(status, body)).effect).toBe(effect);
  });

  test("no answer at all leaves a write unknown, and a read without effect", () => {
    expect(adapter.outcomeOf(SCALE, undefined).effect).toBe("unknown");
    expect(adapter.outcomeOf(authorityOf("pods.list", {}), undefined).effect).toBe("none");
  });

  test("names the object with what the cluster calls it", () => {
    const metadata = { name: "web", uid: UID, resourceVersion: "41" };
    expect(adapter.outcomeOf(SCALE, answer(200, { kind: "Scale", metadata })).ids).toEqual({
      deployment: "web",
      uid: UID,
      resourceVersion: "41",
    });
  });

  test("a deleted pod is the pod that still ends, or a success that names it", () => {
    const success = (name: string) => ({ kind: "Status", status: "Success", details: { name, uid: UID } });
    expect(
      adapter.outcomeOf(DELETE, answer(200, { kind: "Pod", metadata: { name: "web-1", uid: UID } })),
    ).toMatchObject({ effect: "done", ids: { pod: "web-1", uid: UID } });
    expect(adapter.outcomeOf(DELETE, answer(200, success("web-1"))).effect).toBe("done");
    expect(adapter.outcomeOf(DELETE, answer(200, success("web-2"))).effect).toBe("unknown");
    expect(adapter.outcomeOf(SCALE, answer(200, success("web"))).effect).toBe("unknown");
  });
});
