import { operation } from "@watchword/core";
import { z } from "zod";
import { Label, ObjectName, Uid } from "./names.ts";
import { page, within } from "./operation-fields.ts";

const Pod = ObjectName.describe("Name of the pod.");

/** Pods of one namespace. */
export const podOperations = {
  podsList: operation({
    ...within,
    name: "pods.list",
    access: "read",
    title: "List pods",
    arguments: z.strictObject(page),
    example: { labelSelector: "app=web", limit: 50 },
  }),
  podsGet: operation({
    ...within,
    name: "pods.get",
    access: "read",
    title: "Read one pod",
    arguments: z.strictObject({ name: Pod }),
    example: { name: "web-1" },
  }),
  podsLogs: operation({
    ...within,
    name: "pods.logs",
    access: "read",
    title: "Read what a container wrote",
    arguments: z.strictObject({
      name: Pod,
      container: Label.optional().describe("Name of the container; left out: the only one."),
      previous: z.boolean().optional().describe("Of the container before its last restart."),
      timestamps: z.boolean().optional().describe("With a time before each line."),
      tailLines: z.int().min(1).max(10_000).optional().describe("The last so many lines, 1–10000."),
      sinceSeconds: z.int().min(1).max(604_800).optional().describe("Only of the last so many seconds."),
      limitBytes: z.int().min(1).max(1_048_576).optional().describe("So many bytes at most."),
    }),
    example: { name: "web-1", tailLines: 100 },
  }),
  podsDelete: operation({
    ...within,
    name: "pods.delete",
    access: "write",
    title: "Delete a pod, which its controller then makes anew",
    arguments: z.strictObject({
      name: Pod,
      uid: Uid.optional().describe(
        "The very pod that is meant. Leave it out: the broker looks it up, and another of the name is left alone.",
      ),
    }),
    decided: ["uid"],
    example: { name: "web-1" },
  }),
};
