/**
 * The example for Kubernetes, against Kubernetes' own schemas.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";
import { pythonModule } from "./python.ts";

const FOLDER = join(ROOT, "examples/kubernetes");
const FILES = ["runner.yaml", "store.yaml", "autoscaling.yaml"].map((name) => join(FOLDER, name));
/** The oldest that it is for, and the newest that the schemas are of. */
const VERSIONS = ["1.30", "1.37"];

async function validate(version: string, files: readonly string[]) {
  const args = ["kubernetes_validate", "--strict", "--no-warn", "-k", version, ...files];
  return await pythonModule("kubernetes-validate==1.37.0", args);
}

Deno.test("the manifests are valid, in the oldest version of Kubernetes and in the newest", async () => {
  for (const version of VERSIONS) {
    const { success, stdout, stderr } = await validate(version, FILES);
    assert.ok(success, stdout + stderr);
    assert.equal((stdout + stderr).match(/ passed for resource /g)?.length, 9);
  }
});

Deno.test("a field that there is not makes them invalid", async () => {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  const text = await Deno.readTextFile(join(FOLDER, "runner.yaml"));
  await Deno.writeTextFile(path, text.replace("hostNetwork:", "hostNetworks:"));

  const { success, stdout, stderr } = await validate("1.30", [path]);
  await Deno.remove(path);

  assert.ok(!success);
  assert.match(stdout + stderr, /hostNetworks/);
});
