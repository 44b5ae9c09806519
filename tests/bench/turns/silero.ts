/**
 * Silero's detector for the bench of turns.
 *
 * Its packages are named by variables on purpose: Deno downloads every package whose name stands in an
 * import, and these are 120 MB.
 *
 * @module
 */
import { silero, type Vad } from "../../../src/turns/mod.ts";

const RUNTIME = "npm:onnxruntime-node@1.30.0";
const MODELS = "npm:@ricky0123/vad-web@0.0.31";

/** Loads the model, version 6. */
export async function loadSilero(): Promise<Vad> {
  const ort = await import(RUNTIME);
  await import(`${MODELS}/package.json`, { with: { type: "json" } });
  const model = await Deno.readFile(
    new URL(import.meta.resolve(`${MODELS}/dist/silero_vad_v6.onnx`)),
  );
  return silero({ ort, model });
}
