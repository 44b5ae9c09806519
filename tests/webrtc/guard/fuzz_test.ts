/**
 * A short run of what `deno task fuzz:udp` does for hours: the same inputs each time.
 */
import assert from "node:assert/strict";
import { DTLS_PARSERS } from "../../hostile/dtls_parsers.ts";
import { MEDIA_PARSERS } from "../../hostile/media_parsers.ts";
import { PARSERS } from "../../hostile/parsers.ts";
import { VIDEO_PARSERS } from "../../hostile/video_parsers.ts";
import { examine } from "../../soak/fuzz_udp_judge.ts";
import { seeded } from "../../soak/random.ts";

const SEED = 20_260;
const INPUTS = 2000;

for (const target of [...PARSERS, ...DTLS_PARSERS, ...MEDIA_PARSERS, ...VIDEO_PARSERS]) {
  Deno.test(`hostile datagrams cost neither much time nor much memory: ${target.name}`, async () => {
    const { faults } = await examine(target, INPUTS, seeded(SEED));

    assert.deepEqual(faults, []);
  });
}
