import { z } from "zod";
import { LabelSelector } from "./names.ts";

/** What every operation has in common: one namespace, which is the connection's account. */
export const within = {
  resource: { namespace: "The tenant's namespace; left out: the account of the connection." },
  references: [],
  decided: [],
} as const;

/** The part of a list that is asked for. */
export const page = {
  labelSelector: LabelSelector.optional().describe("Only objects with these labels: app=web,tier=front."),
  limit: z.int().min(1).max(500).optional().describe("Objects per page, 1–500; left out: all."),
  continue: z
    .string()
    .regex(/^[A-Za-z0-9_=-]{1,4096}$/, { error: "must be what the page before said" })
    .optional()
    .describe("What the page before gave as metadata.continue."),
};
