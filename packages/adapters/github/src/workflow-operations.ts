import { operation } from "@watchword/core";
import { z } from "zod";
import { Branch, bound, repositoryId } from "./operation-fields.ts";

/** Workflows of one repository: they are started, never written. */
export const workflowOperations = {
  workflowsDispatch: operation({
    ...bound,
    name: "workflows.dispatch",
    access: "write",
    title: "Start a workflow on a branch",
    arguments: z.strictObject({
      workflow: z
        .string()
        .max(128)
        .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*\.ya?ml$/, { error: "must be a file of the workflows' folder" })
        .describe("File in .github/workflows, without its folder: deploy.yml."),
      branch: Branch.describe("Branch whose text of the workflow runs."),
      inputs: z
        .record(
          z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/, { error: "must be an input's name" }),
          z.string().max(1_024),
        )
        .refine((inputs) => Object.keys(inputs).length <= 25, { error: "must be 25 inputs at most" })
        .optional()
        .describe("The workflow's inputs by name."),
      repositoryId,
    }),
    example: { workflow: "deploy.yml", branch: "main", inputs: { target: "staging" } },
  }),
};
