import { operation } from "@watchword/core";
import { z } from "zod";
import { ObjectName } from "./names.ts";
import { page, within } from "./operation-fields.ts";

const Deployment = ObjectName.describe("Name of the deployment.");

/** Deployments of one namespace. */
export const deploymentOperations = {
  deploymentsList: operation({
    ...within,
    name: "deployments.list",
    access: "read",
    title: "List deployments",
    arguments: z.strictObject(page),
    example: { labelSelector: "app=web" },
  }),
  deploymentsGet: operation({
    ...within,
    name: "deployments.get",
    access: "read",
    title: "Read one deployment",
    arguments: z.strictObject({ name: Deployment }),
    example: { name: "web" },
  }),
  deploymentsScale: operation({
    ...within,
    name: "deployments.scale",
    access: "write",
    title: "Set how many pods a deployment has",
    arguments: z.strictObject({
      name: Deployment,
      replicas: z.int().min(0).max(10_000).describe("Pods that it shall have; a policy bounds them by max."),
    }),
    example: { name: "web", replicas: 3 },
  }),
  deploymentsRestart: operation({
    ...within,
    name: "deployments.restart",
    access: "write",
    title: "Replace a deployment's pods, one after another",
    arguments: z.strictObject({ name: Deployment }),
    example: { name: "web" },
  }),
};
