import type { MiddlewareHandler } from "hono";
import { isRefusalOfStranger } from "./caller-of-answer.ts";
import { type PaceTime, StrangersPace } from "./strangers-pace.ts";

/**
 * Answers strangers who are refused no faster than {@link StrangersPace} says, whatever the reason, and everybody else at once.
 * It stands in front of the routes, which have ended by then: what waits holds nothing of the request's body. Where too many
 * wait already, the answer is the last one on its connection.
 */
export function paceStrangers(time?: PaceTime): MiddlewareHandler {
  const pace = new StrangersPace(time);
  return async (context, next) => {
    await next();
    if (!isRefusalOfStranger(context.res)) return;
    if (!(await pace.turn(context.req.raw))) context.res.headers.set("connection", "close");
  };
}
