import { aws } from "@watchword/adapter-aws";
import { awsCatalogue } from "@watchword/adapter-aws/catalogue";
import { system } from "@watchword/core";

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = {
  cloud: aws({
    region: "eu-central-1",
    buckets: ["reports"],
    tables: { orders: { partitionKey: "id" } },
  }),
};

/** Bindings beside the tools need the catalogue only: bind(cloud.objectsGet, ({ key }) => ({ bucket: "reports", key })). */
export const cloud = system("cloud", awsCatalogue);
