/**
 * The example for Kubernetes: its parts fit each other, and the runner understands what it is told.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { type CommandLine, parseCommandLine } from "../../src/cli/command_line.ts";
import { ROOT } from "../cli/child.ts";
import { fullMetrics, labelsByMetric } from "../features/full_metrics.ts";

const FOLDER = join(ROOT, "examples/kubernetes");
const POD_IP = "10.0.0.7";

type Labels = Readonly<Record<string, string>>;

interface Port {
  readonly name?: string;
  readonly containerPort?: number;
  readonly port?: number | string;
  readonly targetPort?: string;
  readonly protocol?: string;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports: readonly Port[];
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Pod {
  readonly metadata: { readonly labels: Labels };
  readonly spec: {
    readonly hostNetwork?: boolean;
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly [Container];
  };
}

/** What these tests read; the rest is checked by Kubernetes' schemas, in tests/interop. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: Pod;
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly ports: readonly Port[];
    readonly podSelector: { readonly matchLabels: Labels };
    readonly ingress: readonly {
      readonly ports: readonly Port[];
      readonly from?: readonly { readonly ipBlock?: { readonly cidr: string } }[];
    }[];
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly metrics: readonly { readonly pods: { readonly metric: { readonly name: string } } }[];
    readonly publishNotReadyAddresses?: boolean;
  };
}

/** A manifest by its kind and name. */
async function manifest(kind: string, name: string): Promise<Manifest> {
  for (const file of ["runner.yaml", "store.yaml", "autoscaling.yaml"]) {
    for (const document of parseAllDocuments(await Deno.readTextFile(join(FOLDER, file)))) {
      const found: Manifest = document.toJS();
      if (found.kind === kind && found.metadata.name === name) return found;
    }
  }
  throw new Error(`There is no ${kind} ${name}`);
}

async function runnerPod(): Promise<Pod> {
  return (await manifest("Deployment", "runner")).spec.template;
}

/** What the runner makes of the arguments that its container is given. */
async function commandLine(): Promise<CommandLine> {
  const { spec: { containers: [{ args, env }] } } = await runnerPod();
  const given = args.map((arg) =>
    arg.replace(/\$\((\w+)\)/g, (_, name: string) => {
      const variable = env.find((each) => each.name === name);
      assert.equal(variable?.valueFrom.fieldRef.fieldPath, "status.podIP", name);
      return POD_IP;
    })
  );
  return parseCommandLine(given, { bot: false, environment: { RUNNER_SECRET: "x".repeat(32) } });
}

Deno.test("a pod has time for its drain, for the sleep before it, and for 10 s after it", async () => {
  const { spec: { terminationGracePeriodSeconds, containers: [runner] } } = await runnerPod();
  const { drainMs } = await commandLine();
  const { seconds } = runner.lifecycle.preStop.sleep;

  assert.ok(seconds >= 5, "balancers need some seconds to hear of it");
  assert.equal(terminationGracePeriodSeconds, drainMs / 1000 + seconds + 10);
});

Deno.test("each pod tells the store where it is, on the ports that it has", async () => {
  const { spec: { hostNetwork, containers: [{ ports }] } } = await runnerPod();
  const { advertise, storeUrl, udpPort, mediaNodes, limits } = await commandLine();
  const store = await manifest("Service", "runner-store");
  const portOf = (protocol: string) =>
    ports.find((port) => port.protocol === protocol)?.containerPort;

  assert.equal(hostNetwork, true);
  assert.equal(advertise, `http://${POD_IP}:${portOf("TCP")}`);
  assert.equal(udpPort, portOf("UDP"));
  assert.equal(storeUrl, `redis://${store.metadata.name}:${store.spec.ports[0]?.port}`);
  assert.equal(mediaNodes, undefined, "no list of nodes");
  assert.ok(limits.maxSessions, "there is nothing to scale by else");
});

Deno.test("a pod that is full or drains is asked on, and none that ends gets anything new", async () => {
  const { spec: { containers: [runner] } } = await runnerPod();
  const service = await manifest("Service", "runner");

  assert.equal(runner.startupProbe.httpGet.path, "/readyz");
  assert.equal(runner.readinessProbe.httpGet.path, "/livez");
  assert.equal(runner.livenessProbe.httpGet.path, "/livez");
  assert.equal(service.spec.publishNotReadyAddresses, undefined);
});

Deno.test("all selectors find the runners, and the policy opens their ports", async () => {
  const { metadata: { labels }, spec: { containers: [{ ports }] } } = await runnerPod();
  const [deployment, service, budget, policy, scaler] = await Promise.all([
    manifest("Deployment", "runner"),
    manifest("Service", "runner"),
    manifest("PodDisruptionBudget", "runner"),
    manifest("NetworkPolicy", "runner"),
    manifest("HorizontalPodAutoscaler", "runner"),
  ]);

  assert.deepEqual(deployment.spec.selector.matchLabels, labels);
  assert.deepEqual(service.spec.selector, labels);
  assert.deepEqual(budget.spec.selector.matchLabels, labels);
  assert.deepEqual(policy.spec.podSelector.matchLabels, labels);
  assert.equal(service.spec.ports[0]?.targetPort, ports[0]?.name);
  assert.deepEqual(
    policy.spec.ingress.flatMap(({ ports }) => ports),
    ports.map(({ containerPort: port, protocol }) => ({ port, protocol })),
  );
  const [signaling, media] = policy.spec.ingress;
  assert.ok(signaling?.from?.some(({ ipBlock }) => ipBlock), "the nodes are let in");
  assert.equal(media?.from, undefined, "clients may come from anywhere");
  assert.deepEqual(scaler.spec.scaleTargetRef, {
    apiVersion: "apps/v1",
    kind: deployment.kind,
    name: deployment.metadata.name,
  });
});

Deno.test("what the pods are scaled by is made of metrics that there are", async () => {
  const { spec: { metrics: [scaled] } } = await manifest("HorizontalPodAutoscaler", "runner");
  const { rules } = parse(await Deno.readTextFile(join(FOLDER, "adapter-values.yaml")));
  const [rule] = rules.custom;
  const known = labelsByMetric(await fullMetrics());
  const asked: string[] = rule.metricsQuery.match(/pipecat_\w+/g);

  assert.equal(scaled?.pods.metric.name, rule.name.as);
  assert.deepEqual(asked.filter((name) => !known.has(name)), []);
  assert.ok(known.has(rule.seriesQuery.match(/^\w+/)[0]));
});
