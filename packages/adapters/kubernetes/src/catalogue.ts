import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { deploymentOperations } from "./deployment-operations.ts";
import { ConfigKey, ObjectName } from "./names.ts";
import { within } from "./operation-fields.ts";
import { podOperations } from "./pod-operations.ts";

const ConfigMap = ObjectName.describe("Name of the config map.");

/** Pods, deployments and config maps of one namespace, as data: what policies, bindings and gateway share. Never a Secret. */
export const kubernetesCatalogue = Object.freeze({
  adapter: "kubernetes",
  operations: Object.freeze({
    ...podOperations,
    ...deploymentOperations,
    configmapsGet: operation({
      ...within,
      name: "configmaps.get",
      access: "read",
      title: "Read a config map",
      arguments: z.strictObject({ name: ConfigMap }),
      example: { name: "web-config" },
    }),
    configmapsPatch: operation({
      ...within,
      name: "configmaps.patch",
      access: "write",
      title: "Set one key of a config map",
      arguments: z.strictObject({
        name: ConfigMap,
        key: ConfigKey.describe("The key; a policy names those that may be set."),
        value: z.string().max(16_384).describe("Its whole new value."),
      }),
      example: { name: "web-config", key: "log-level", value: "debug" },
    }),
  }),
}) satisfies Catalogue;
