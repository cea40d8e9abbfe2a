import { expect, test } from "vitest";
import * as verify from "@watchword/verify";
import * as express from "@watchword/verify/express";
import * as fastify from "@watchword/verify/fastify";
import * as hono from "@watchword/verify/hono";

test("the package exports this at run time, and nothing else: a new name is a decision", () => {
  expect(Object.keys(verify).toSorted()).toEqual(["answerRefusal", "spentTokens", "tokenVerifier"]);
  for (const framework of [express, fastify, hono]) expect(Object.keys(framework)).toEqual(["verifyToken"]);
});
