/**
 * What Meta reports about the calls of a business phone number.
 *
 * Requires only what is needed of each message. Meta's own examples leave out fields that its
 * reference lists, and a refused message is sent again for days.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import * as z from "../../core/zod.ts";
import { filled } from "../../core/checks.ts";
import { RunnerError } from "../../core/error.ts";

const logger = getLogger(["pipecat", "runner", "whatsapp"]);

/**
 * A call, in Meta's own words and as Pipecat passes it on: the bot's `args.body` for a WhatsApp
 * call.
 */
export interface WhatsAppCall {
  /** Meta's id of the call, which reveals the caller's number to those who can decode it. */
  readonly id: string;
  /**
   * The caller's number; absent if withheld, for example for a user with a name instead of a
   * number.
   */
  readonly from?: string;
  /** The caller's id for this business, which is present if the number is not. */
  readonly from_user_id?: string;
  /** The same for all businesses of one owner. */
  readonly from_parent_user_id?: string;
  /** The caller's name on WhatsApp, such as `@ann`. */
  readonly username?: string;
  /** The number that was called. */
  readonly to?: string;
  /** What the news of the call was. */
  readonly event: "connect";
  /** Unix time in seconds. */
  readonly timestamp?: string;
  /** `USER_INITIATED` as far as Meta says so. */
  readonly direction?: string;
  /** The offer. */
  readonly session: { readonly sdp: string; readonly sdp_type: "offer" };
  /** The caller's name, from `contacts`. */
  readonly contact_name?: string;
  /** What the call button that was pressed carries. */
  readonly cta_payload?: string;
  /** What the link that was followed carries: `biz_payload` of `wa.me/call/…`. */
  readonly deeplink_payload?: string;
  /** What the business gave Meta for this call. */
  readonly biz_opaque_callback_data?: string;
}

/** News of a call. */
export type WhatsAppEvent =
  | { readonly type: "connect"; readonly call: WhatsAppCall; readonly phoneNumberId?: string }
  | { readonly type: "terminate"; readonly callId: string; readonly status?: string };

const Text = z.nullish(z.string());
const List = z.nullish(z.array(z.unknown()));
const Notification = z.looseObject({ object: z.literal("whatsapp_business_account"), entry: List });
const Entry = z.looseObject({ changes: List });
const Change = z.looseObject({
  value: z.looseObject({
    metadata: z.nullish(z.looseObject({ phone_number_id: Text })),
    contacts: List,
    calls: List,
  }),
});
const Contact = z.looseObject({
  wa_id: Text,
  user_id: Text,
  parent_user_id: Text,
  profile: z.nullish(z.looseObject({ name: Text, username: Text })),
});
const Call = z.looseObject({ id: z.string().check(filled), event: z.string() });
const Connect = z.looseObject({
  id: z.string(),
  from: Text,
  to: Text,
  timestamp: Text,
  direction: Text,
  from_user_id: Text,
  from_parent_user_id: Text,
  cta_payload: Text,
  deeplink_payload: Text,
  biz_opaque_callback_data: Text,
  session: z.looseObject({ sdp: z.string(), sdp_type: z.string() }),
});
const Terminate = z.looseObject({ status: Text });

/**
 * Reads every call from a notification; everything else is ignored.
 *
 * @throws {RunnerError} `bad_webhook` if it is not a WhatsApp notification.
 */
export function readNotification(value: unknown): WhatsAppEvent[] {
  const notification = Notification.safeParse(value).data;
  if (!notification) {
    throw new RunnerError("bad_webhook", "This is not a whatsapp_business_account notification.");
  }
  return each(notification.entry, Entry).flatMap(({ changes }) =>
    each(changes, Change).flatMap(({ value: { metadata, contacts, calls } }) =>
      each(calls, Call).flatMap((call) => readCall(call, each(contacts, Contact), metadata))
    )
  );
}

function readCall(
  call: z.infer<typeof Call>,
  contacts: readonly z.infer<typeof Contact>[],
  metadata: { readonly phone_number_id?: string | null | undefined } | null | undefined,
): WhatsAppEvent[] {
  const { id, event } = call;
  if (event === "terminate") {
    const { status } = Terminate.safeParse(call).data ?? {};
    return [{ type: "terminate", callId: id, ...(status ? { status } : {}) }];
  }
  if (event !== "connect") return [];
  const connect = Connect.safeParse(call).data;
  if (!connect) {
    logger.warn("A WhatsApp call has no offer that can be answered");
    return [];
  }
  const { from, from_user_id, from_parent_user_id, session: { sdp, sdp_type } } = connect;
  if (sdp_type !== "offer") return []; // the answer to a call of the business's own
  const caller =
    contacts.find(({ wa_id, user_id }) =>
      from ? wa_id === from : user_id && user_id === from_user_id
    ) ?? contacts[0];
  const { phone_number_id } = metadata ?? {};
  return [{
    type: "connect",
    ...(phone_number_id ? { phoneNumberId: phone_number_id } : {}),
    call: {
      id,
      event,
      session: { sdp, sdp_type },
      ...texts({
        from,
        to: connect.to,
        timestamp: connect.timestamp,
        direction: connect.direction,
        from_user_id: from_user_id || caller?.user_id,
        from_parent_user_id: from_parent_user_id || caller?.parent_user_id,
        username: caller?.profile?.username,
        contact_name: caller?.profile?.name,
        cta_payload: connect.cta_payload,
        deeplink_payload: connect.deeplink_payload,
        biz_opaque_callback_data: connect.biz_opaque_callback_data,
      }),
    },
  }];
}

/** The fields that say something. */
function texts<Name extends string>(
  fields: Readonly<Record<Name, string | null | undefined>>,
): Partial<Record<Name, string>> {
  const told = Object.entries(fields).filter(([, value]) => value);
  return Object.fromEntries(told) as Partial<Record<Name, string>>; // their names are kept
}

/** The items of a list that have the shape. */
function each<T>(list: readonly unknown[] | null | undefined, shape: z.ZodMiniType<T>): T[] {
  return (list ?? []).flatMap((item) => {
    const parsed = shape.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}
