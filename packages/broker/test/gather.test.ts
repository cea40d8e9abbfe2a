import { expect, test } from "vitest";
import { gather } from "../src/postgres/gather.ts";

test("what is asked for in one turn of the loop is one question, and the next turn asks anew", async () => {
  const asked: string[][] = [];
  const find = gather(async (keys) => {
    asked.push([...keys]);
    return new Map(keys.map((key) => [key, `${key}${asked.length}`]));
  });
  const [first, second] = await Promise.all([find(["a", "b"]), find(["b", "c"])]);
  expect([first.get("a"), second.get("b"), second.get("c")]).toEqual(["a1", "b1", "c1"]);
  expect((await find(["a"])).get("a")).toBe("a2");
  expect(asked).toEqual([["a", "b", "c"], ["a"]]);
});

test("a key that no text of a database can hold belongs to nothing, and disturbs nobody", async () => {
  const find = gather(async (keys) => new Map(keys.map((key) => [key, true])));
  const [odd, plain] = await Promise.all([find(["a\0", "\ud800"]), find(["a"])]);
  expect([odd.get("a\0"), odd.get("\ud800"), plain.get("a")]).toEqual([undefined, undefined, true]);
});

test("a question that fails is answered to all who asked with it, and to nobody after them", async () => {
  let down = true;
  const find = gather(async (keys) => {
    if (down) throw new Error("down");
    return new Map(keys.map((key) => [key, true]));
  });
  const outcomes = await Promise.allSettled([find(["a"]), find(["b"])]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  down = false;
  expect((await find(["a"])).get("a")).toBe(true);
});
