import { describe, expect, test } from "vitest";
import { Refusal, systemAnswer } from "../src/index.ts";

const answer = systemAnswer({
  maxBytes: 8,
  unusable: (what) => new Refusal("downstream_unavailable", { detail: `system: ${what}` }),
});
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const refusal = (what: string) => ({
  reason: "downstream_unavailable",
  message: `downstream_unavailable: system: ${what}`,
});

describe("an adapter's own call", () => {
  test("follows no redirect, whatever it was asked with", async () => {
    const asked: (RequestInit | undefined)[] = [];
    await answer.send(
      async (_, init) => {
        asked.push(init);
        return new Response(null, { status: 204 });
      },
      "https://system.example/",
      { headers: { authorization: "Bearer x" }, redirect: "follow" },
    );
    expect(asked).toEqual([{ headers: { authorization: "Bearer x" }, redirect: "manual" }]);
  });

  test("that fails keeps nothing of the error, which may quote a header", async () => {
    const failing = async (): Promise<Response> => {
      throw new TypeError("bad header: Bearer rk_live_canary");
    };
    const error = await answer
      .send(failing, "https://system.example/", {})
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refusal("no answer"));
    expect((error as Refusal).cause).toBeUndefined();
  });
});

describe("an answer", () => {
  test("is read to its last allowed byte", async () => {
    expect(answer.json(await answer.bytes(new Response('{"a":12}')))).toEqual({ a: 12 });
    expect(await answer.bytes(new Response(null))).toHaveLength(0);
  });

  test("that is longer is not used, and not read further", async () => {
    let given = 0;
    let stopped = false;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          // An answer that nobody stops ends at last, so that the test does.
          if ((given += 1) > 100) controller.close();
          else controller.enqueue(bytesOf("12345"));
        },
        cancel: () => void (stopped = true),
      },
      { highWaterMark: 0 },
    );
    await expect(answer.bytes(new Response(endless))).rejects.toMatchObject(
      refusal("an answer of more than 8 bytes"),
    );
    expect([given, stopped]).toEqual([2, true]);
  });

  test("that breaks off is not used, and nothing of the error is kept", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error("rk_live_canary")),
    });
    await expect(answer.bytes(new Response(broken))).rejects.toMatchObject(refusal("the answer broke off"));
  });

  test.for(["", "no", "{"])("that is no JSON is not used: %j", (text) => {
    expect(() => answer.json(bytesOf(text))).toThrow(
      expect.objectContaining(refusal("an answer that is not JSON")),
    );
  });

  test("that is no UTF-8 is not used", () => {
    expect(() => answer.json(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(
      expect.objectContaining(refusal("an answer that is not JSON")),
    );
  });
});
