import { z } from "zod";
import { declarationProblems } from "./declaration-problems.ts";
import { ServiceOperations } from "./service-operation.ts";
import { type ServiceRoute, routeOf } from "./service-route.ts";

/** Operations of a service that were checked against each other. */
export const CheckedOperations = ServiceOperations.superRefine((operations, context) => {
  for (const { path, message } of declarationProblems(operations))
    context.addIssue({ code: "custom", path: [...path], message });
}).transform((operations): readonly ServiceRoute[] =>
  Object.freeze(
    Object.entries(operations).flatMap(([key, declared]) => {
      const route = routeOf(key, declared);
      return route === undefined ? [] : [route];
    }),
  ),
);
export type CheckedOperations = z.output<typeof CheckedOperations>;
