import * as z from "zod/mini";
import { CARRIER_NAMES } from "../../../src/core/transport_names.ts";
import type { CallRecord } from "../session/record.ts";
import { available } from "../session/availability.ts";
import { KINDS, type Settings } from "../session/settings.ts";

const pageSchema = z.object({
  settings: z.object({
    from: z.optional(z.string()),
    to: z.optional(z.string()),
    body: z.optional(z.string()),
  }),
});

/** The settings with which a call is made as it was, by a way that this runner has and sound can take. */
export async function wayAgain(
  record: CallRecord,
  now: Settings,
  enabled: readonly string[],
): Promise<Partial<Settings>> {
  const { session, page } = await record.file();
  const carrier = CARRIER_NAMES.find((name) => name === session.transport);
  const transport = carrier ? "phone" : KINDS.find((kind) => kind === session.transport);
  // Daily's own code opens the microphone, and takes no other.
  const wanted = { ...now, ...(carrier ? { carrier } : {}), ...(transport ? { transport } : {}) };
  const { settings } = z.safeParse(pageSchema, page).data ?? {};
  const { from = settings?.from ?? now.from, to = settings?.to ?? now.to } = session;
  return {
    ...available(
      wanted.transport === "daily" ? { ...wanted, transport: "webrtc" } : wanted,
      enabled.filter((name) => name !== "daily"),
    ),
    from,
    to,
    body: settings?.body ?? now.body,
  };
}
